// Package pathway reads pathway packs: a disease and its operations as data.
//
// A pack is one YAML file that a surgeon can read. It says everything the program knows about a disease: names in
// English and Chinese, codes, forms and variables, scales with their scoring, the packet without which a referral is
// not sent, the plan and its steps, follow-up, complications, indicators, comparators and routing, and for each
// clinical rule its source and date. Expressions are CEL, with decimals of our own, a cost limit and no clock.
//
// Loading a pack checks it whole: every reference, every expression and its type, every cycle. What is wrong is said
// with file, line and reason. A loaded pack is never changed and may be used by many goroutines at once.
//
// What a value means for a patient, who may write it and where it is kept is decided elsewhere: here a form goes in
// and problems, visible fields, scores, gaps and due dates come out.
package pathway
