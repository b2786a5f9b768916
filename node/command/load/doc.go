// Package load plays a synthetic month of a hospital, or of several that are partners, against running nodes, and measures how they bear it: how long each thing took for who
// did it, what failed, and whether the partners agree at the end. Administrators play it before they go live, and the benchmarks play it against other machines.
//
// The month is drawn from a seed alone, so that two runs ask the same of two machines. It is compressed into minutes, and each thing is done at its moment whether or not what
// came before was answered (an open model: a slow node gets a queue, as it would from people). Times are therefore counted from the moment at which somebody wanted the thing.
//
// It knows a node by its JSON API and nothing else. What it writes stays there: a node that bears other cases is refused unless its administrator says otherwise.
package load
