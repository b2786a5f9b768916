package pathway

// Pos says where in its source something stands.
type Pos struct {
	File string `yaml:"-" json:"-"`
	Line int    `yaml:"-" json:"-"`
}

// Verbs are the nine stages of every pathway, in order.
var Verbs = []string{"refer", "consult", "plan", "rehearse", "visit", "operate", "follow", "compare", "teach"}

// Pack is one version of one pathway, with everything it extends already folded in.
type Pack struct {
	Pos
	Format         int             `yaml:"format" doc:"Format of the file: 1"`
	ID             string          `yaml:"id" doc:"Short name, lower case with hyphens"`
	Version        string          `yaml:"version" doc:"Version, for example 1.0.0"`
	Name           Text            `yaml:"name" doc:"Name of the disease or operation"`
	Summary        Text            `yaml:"summary" doc:"One or two sentences for the list of packs"`
	Extends        string          `yaml:"extends" doc:"The pack that this one adds to; usually core"`
	Abstract       bool            `yaml:"abstract" doc:"True for a pack that is only extended, never chosen for a case"`
	SubSpecialty   string          `yaml:"subspecialty" doc:"The sub-specialty that looks after this disease"`
	Level          int             `yaml:"level" doc:"Surgical level 1 to 4 of the main operation"`
	SubSpecialties []SubSpecialty  `yaml:"subspecialties,keyed" doc:"Sub-specialties that this pack names"`
	Codes          []Code          `yaml:"codes" doc:"Diagnosis codes: 'ICD-10 G51.3 Clonic hemifacial spasm'"`
	Procedures     []Procedure     `yaml:"procedures,keyed" doc:"Operations of this pathway"`
	Lists          []List          `yaml:"lists,keyed" doc:"Lists of choices used by more than one variable"`
	Stages         []Stage         `yaml:"stages,keyed" doc:"The nine verbs, in order, with what each needs first"`
	Variables      []*Variable     `yaml:"variables,keyed" doc:"Everything that can be recorded"`
	Scales         []*Scale        `yaml:"scales,keyed" doc:"Scales and scores"`
	Forms          []*Form         `yaml:"forms,keyed" doc:"Forms, made of sections of variables and scales"`
	Packet         []PacketItem    `yaml:"packet,keyed" doc:"What a referral must bring"`
	Plan           PlanTemplate    `yaml:"plan" doc:"What a plan fixes, and the steps of the operation"`
	Privileges     []Privilege     `yaml:"privileges,keyed" doc:"Privileges that the work needs"`
	Schedule       []FollowUp      `yaml:"schedule,keyed" doc:"Follow-up times counted from the operation"`
	Complications  []Complication  `yaml:"complications,keyed" doc:"Complications to look for"`
	Indicators     []Indicator     `yaml:"indicators,keyed" doc:"Quality indicators"`
	Comparators    []Comparator    `yaml:"comparators,keyed" doc:"Comparisons worth a study"`
	Evidence       []Evidence      `yaml:"evidence,keyed" doc:"What is published, for and against"`
	Routing        []Rule          `yaml:"routing,keyed" doc:"Rules that name a sub-specialty"`
	Checks         []Contradiction `yaml:"checks,keyed" doc:"Answers that cannot stand, or hardly, beside each other"`
	Sources        []Source        `yaml:"sources,keyed" doc:"Where the rules come from"`
	Changes        Changes         `yaml:"changes" doc:"What became of each variable of the version before"`

	source   []byte
	hash     [32]byte // of the source
	parent   *Pack
	env      *environment
	variable map[string]*Variable
	order    []*Variable // computed variables, each after those it reads
}

// SubSpecialty is a team inside a department, such as spine endoscopy.
type SubSpecialty struct {
	Pos
	ID   string `yaml:"-"`
	Name Text   `yaml:"name" doc:"Name"`
}

// Code is an entry of a public code system. Checked is false when nobody has yet seen it in the system's own list.
type Code struct {
	System  string `yaml:"system" doc:"ICD-10, ICD-10-CM, ICD-9-CM-3, LOINC or SNOMED"`
	Code    string `yaml:"code" doc:"The code"`
	Display string `yaml:"display" doc:"What it stands for"`
	Checked bool   `yaml:"checked" doc:"False when the code was not seen in the system's list"`
}

// Procedure is an operation that this pathway knows.
type Procedure struct {
	Pos
	ID       string `yaml:"-"`
	Name     Text   `yaml:"name" doc:"Name"`
	Codes    []Code `yaml:"codes" doc:"Procedure codes"`
	Level    int    `yaml:"level" doc:"Surgical level 1 to 4"`
	Minimal  bool   `yaml:"minimally_invasive" doc:"Counts as minimally invasive"`
	Subgroup string `yaml:"subgroup" doc:"Part of the pack that it belongs to"`
	Source   string `yaml:"source" doc:"Where its level and codes come from"`
}

// List is a named list of choices.
type List struct {
	Pos
	ID      string   `yaml:"-"`
	Choices []Choice `yaml:",inline,keyed"`
}

// Choice is one answer of a coded variable.
type Choice struct {
	Pos
	Code  string `yaml:"-"`
	Label Text   `yaml:"label" doc:"What the user sees"`
	Help  Text   `yaml:"help" doc:"Longer meaning"`
	Codes []Code `yaml:"codes" doc:"Public codes"`
}

// Stage is one of the nine verbs.
type Stage struct {
	Pos
	ID    string   `yaml:"-"` // the verb
	Name  Text     `yaml:"name" doc:"Name"`
	Needs []string `yaml:"needs" doc:"Verbs that must have happened before"`
}

// Kind is the type of a variable.
type Kind string

// The kinds of variables.
const (
	KindText     Kind = "text"
	KindCode     Kind = "code"
	KindCodes    Kind = "codes"
	KindBool     Kind = "bool"
	KindInteger  Kind = "integer"
	KindDecimal  Kind = "decimal"
	KindDate     Kind = "date"
	KindDateTime Kind = "datetime"
	KindMedia    Kind = "media"
)

// Variable is one thing that can be recorded, the same in care, indicator and study.
type Variable struct {
	Pos
	ID         string   `yaml:"-"`
	Label      Text     `yaml:"label" doc:"What the user sees"`
	Help       Text     `yaml:"help" doc:"How to measure or answer it"`
	Type       Kind     `yaml:"type" doc:"text, code, codes, bool, integer, decimal, date, datetime or media"`
	List       string   `yaml:"list" doc:"Name of a list of choices; also complications, procedures, schedule, steps"`
	Choices    []Choice `yaml:"choices,keyed" doc:"Own choices"`
	Unit       string   `yaml:"unit" doc:"Unit in UCUM, for example mm, mL, kg/m2"`
	Min        string   `yaml:"min" doc:"Smallest value allowed"`
	Max        string   `yaml:"max" doc:"Greatest value allowed"`
	UsualMin   string   `yaml:"usual_min" doc:"Below it a value is odd: it is taken when somebody confirms it with a reason"`
	UsualMax   string   `yaml:"usual_max" doc:"Above it a value is odd: it is taken when somebody confirms it with a reason"`
	Digits     int      `yaml:"digits" doc:"Digits after the point that a decimal may have"`
	Long       bool     `yaml:"long" doc:"Text of several lines"`
	Definition Text     `yaml:"definition" doc:"Exact meaning, with its time window"`
	Codes      []Code   `yaml:"codes" doc:"Public codes, LOINC above all"`
	Visible    Expr     `yaml:"visible" doc:"CEL: shown when true"`
	Computed   Expr     `yaml:"computed" doc:"CEL: value worked out from others"`
	Licensed   string   `yaml:"licensed" doc:"Owner of the wording, which is not shipped"`
	Normal     string   `yaml:"normal" doc:"The answer where nothing is unusual: one press fills it in for a section. 'none' for codes: none of them"`
	Source     string   `yaml:"source" doc:"Where the definition comes from"`

	scale *Scale // set when the value is the score of a scale
}

// Form is what is filled in at one stage.
type Form struct {
	Pos
	ID       string    `yaml:"-"`
	Name     Text      `yaml:"name" doc:"Name"`
	Stage    string    `yaml:"stage" doc:"Verb at which it is filled in"`
	Help     Text      `yaml:"help" doc:"What the form is for"`
	Sections []Section `yaml:"sections,keyed" doc:"Sections in order"`

	fields []Field // of all sections, once they are resolved
}

// Section is a group of fields under one heading.
type Section struct {
	Pos
	ID     string  `yaml:"-"`
	Name   Text    `yaml:"name" doc:"Heading"`
	Before string  `yaml:"before" doc:"Put before this section of the extended pack"`
	After  string  `yaml:"after" doc:"Put after this section of the extended pack"`
	Items  []Item  `yaml:"fields" doc:"Variables, 'scale NAME' or 'steps'; an asterisk at the end: required"`
	Steps  bool    `yaml:"-"`
	Fields []Field `yaml:"-"` // Items resolved, ready to render
}

// Item is what a section lists: a variable, a scale or the plan's steps.
type Item struct {
	Pos
	Name     string
	Scale    bool
	Steps    bool
	Required bool
}

// Field is an item of a form with all that a page needs to show it.
type Field struct {
	ID       string
	Label    Text
	Help     Text
	Type     Kind
	Choices  []Choice
	Unit     string
	Min, Max string
	Digits   int
	Long     bool
	Required bool
	Computed bool   // worked out; shown, and typed only when its parts are not known
	Scale    string // the scale that it is an item or the score of
	Step     string // the plan step that it speaks of
	Licensed string
	Section  string

	variable *Variable
}

// Scale turns answers into a score and a score into words.
type Scale struct {
	Pos
	ID       string      `yaml:"-"`
	Name     Text        `yaml:"name" doc:"Name"`
	Help     Text        `yaml:"help" doc:"What it measures, and which way is good"`
	Grades   []Choice    `yaml:"grades,keyed" doc:"For a scale that is one grade: each grade and its meaning"`
	Items    []*Variable `yaml:"items,keyed" doc:"Its questions (structure only where the wording is licensed)"`
	Repeat   Repeat      `yaml:"repeat" doc:"Many questions of one shape"`
	Uses     []string    `yaml:"uses" doc:"Variables of the pack that it reads"`
	Scoring  Expr        `yaml:"score" doc:"CEL; 'items' are the answered values. Without it: the sum"`
	Fallback Expr        `yaml:"fallback" doc:"CEL, when the questions were not answered"`
	Answered int         `yaml:"answered" doc:"Fewest questions that must be answered; without it all"`
	Type     Kind        `yaml:"type" doc:"Type of the score: integer, decimal or code"`
	Digits   int         `yaml:"digits" doc:"Digits of a decimal score"`
	Unit     string      `yaml:"unit" doc:"Unit of the score"`
	Min      string      `yaml:"min" doc:"Least score"`
	Max      string      `yaml:"max" doc:"Greatest score"`
	Better   string      `yaml:"better" doc:"low or high"`
	MCID     string      `yaml:"mcid" doc:"Smallest change that matters, where published"`
	Bands    []Band      `yaml:"bands,keyed" doc:"What ranges of the score mean"`
	Licensed string      `yaml:"licensed" doc:"Owner of the wording, which is not shipped"`
	Source   string      `yaml:"source" doc:"Where scoring and meaning come from"`
	Codes    []Code      `yaml:"codes" doc:"Public codes"`

	pack *Pack
}

// Repeat stands for Count questions of one shape, named prefix_1, prefix_2, …
type Repeat struct {
	Count   int      `yaml:"count" doc:"How many"`
	Prefix  string   `yaml:"prefix" doc:"Start of the variables' names"`
	Label   Text     `yaml:"label" doc:"Label, followed by the number"`
	Min     string   `yaml:"min" doc:"Least answer"`
	Max     string   `yaml:"max" doc:"Greatest answer"`
	Choices []Choice `yaml:"choices,keyed" doc:"Answers, where their wording is free"`
}

// Band is a range of a score, both ends included.
type Band struct {
	Pos
	ID    string `yaml:"-"`
	From  string `yaml:"from" doc:"Least score of the band"`
	To    string `yaml:"to" doc:"Greatest score of the band"`
	Label Text   `yaml:"label" doc:"Meaning"`
}

// PacketItem is something that a referral must bring, or say why it does not.
type PacketItem struct {
	Pos
	ID     string   `yaml:"-"`
	Label  Text     `yaml:"label" doc:"What is wanted"`
	Help   Text     `yaml:"help" doc:"How to make it"`
	Kind   string   `yaml:"kind" doc:"variable, form, scale or attachment"`
	Name   string   `yaml:"of" doc:"Variable, form, scale or kind of attachment; without it the item's own name"`
	With   []string `yaml:"with" doc:"Variables that belong to it: each that is asked must have its answer too"`
	Or     []string `yaml:"or" doc:"Variables or scales of which one does instead"`
	When   Expr     `yaml:"when" doc:"CEL: wanted only when true"`
	Source string   `yaml:"source" doc:"Where the rule comes from"`
}

// PlanTemplate is what a plan fixes.
type PlanTemplate struct {
	Fields  []string `yaml:"fields" doc:"Variables that the plan fixes"`
	Compare []string `yaml:"compare" doc:"Variables whose change between plan and operation is a deviation"`
	Steps   []Step   `yaml:"steps,keyed" doc:"Steps of the operation, in order"`
}

// Step is one step of the operation, at which a trainee's part is recorded.
type Step struct {
	Pos
	ID   string `yaml:"-"`
	Name Text   `yaml:"name" doc:"Name"`
	Help Text   `yaml:"help" doc:"What to look for"`
	Key  bool   `yaml:"key" doc:"A critical step: the first ones to be seen by an examiner"`
	When Expr   `yaml:"when" doc:"CEL: part of the operation only when true"`
}

// Privilege is the right to do some of the work.
type Privilege struct {
	Pos
	ID         string   `yaml:"-"`
	Name       Text     `yaml:"name" doc:"Name"`
	Roles      []string `yaml:"roles" doc:"advise, assist, operate"`
	Procedures []string `yaml:"procedures" doc:"Operations that it covers"`
	Level      int      `yaml:"level" doc:"Surgical level that it covers"`
	Cases      int      `yaml:"cases" doc:"Cases at entrustment 5 asked for before it is granted, where a hospital has fixed it"`
	Source     string   `yaml:"source" doc:"Where the rule comes from"`
}

// FollowUp is one appointment of the schedule.
type FollowUp struct {
	Pos
	ID     string   `yaml:"-"`
	Name   Text     `yaml:"name" doc:"Name"`
	Offset string   `yaml:"at" doc:"Time from the operation: -7d, 6wk, 3mo, 5a"`
	Before string   `yaml:"early" doc:"How much earlier it may be"`
	After  string   `yaml:"late" doc:"How much later it may be"`
	Forms  []string `yaml:"forms" doc:"Forms to fill in"`
	Scales []string `yaml:"scales" doc:"Scales wanted at this time"`
	Source string   `yaml:"source" doc:"Where the rule comes from"`
}

// Complication is one that the follow-up looks for.
type Complication struct {
	Pos
	ID     string `yaml:"-"`
	Name   Text   `yaml:"name" doc:"Name"`
	Codes  []Code `yaml:"codes" doc:"Public codes"`
	Rate   Text   `yaml:"rate" doc:"Published rate, with its group and time"`
	Window Text   `yaml:"window" doc:"Time window within which it counts"`
	Source string `yaml:"source" doc:"Where list and rate come from"`
}

// Indicator is a share (or a mean or median) over the rows of the registry.
//
// Its expressions see one patient's row: the values of referral, examination, plan and operation, and those of the
// follow-up named by At.
type Indicator struct {
	Pos
	ID          string `yaml:"-"`
	Name        Text   `yaml:"name" doc:"Name"`
	Definition  Text   `yaml:"definition" doc:"Exact definition with time window"`
	Measure     string `yaml:"measure" doc:"share, mean, median or count"`
	Denominator Expr   `yaml:"of" doc:"CEL: the row counts"`
	Numerator   Expr   `yaml:"where" doc:"CEL: the row is a case of it (share)"`
	Value       string `yaml:"value" doc:"Variable that is averaged (mean, median)"`
	At          string `yaml:"at" doc:"Follow-up whose values are used"`
	Better      string `yaml:"better" doc:"low or high"`
	Target      string `yaml:"target" doc:"Published target, in words"`
	Fact        string `yaml:"fact" doc:"Set when the program knows it from the thread itself, not from a form"`
	Source      string `yaml:"source" doc:"Where the definition comes from"`
}

// Comparator is a comparison that a study may want.
type Comparator struct {
	Pos
	ID       string   `yaml:"-"`
	Name     Text     `yaml:"name" doc:"Name"`
	Variable string   `yaml:"variable" doc:"Exposure"`
	Arms     []string `yaml:"arms" doc:"Values compared"`
	Strata   []string `yaml:"strata" doc:"Variables to adjust for or stratify by"`
	Warning  Text     `yaml:"warning" doc:"What the reader must know first"`
	Source   string   `yaml:"source" doc:"Where the idea comes from"`
}

// Evidence is what was published, in one sentence.
type Evidence struct {
	Pos
	ID     string `yaml:"-"`
	Text   Text   `yaml:"text" doc:"One sentence"`
	Kind   string `yaml:"kind" doc:"for, against, neutral or caution"`
	Source string `yaml:"source" doc:"Where it was published"`
}

// Rule names a sub-specialty for a case.
type Rule struct {
	Pos
	ID           string `yaml:"-"`
	When         Expr   `yaml:"when" doc:"CEL over the values and 'facts'"`
	SubSpecialty string `yaml:"to" doc:"Sub-specialty"`
	Reason       Text   `yaml:"reason" doc:"Why, shown to the referrer"`
	MinLevel     int    `yaml:"min_level" doc:"Surgical level that the operator must hold"`
	Privilege    string `yaml:"privilege" doc:"Privilege that the operator must hold"`
	Source       string `yaml:"source" doc:"Where the rule comes from"`
}

// Contradiction looks at answers together. Where its condition holds, one of them is refused, or has to be confirmed with a reason.
type Contradiction struct {
	Pos
	ID         string `yaml:"-"`
	When       Expr   `yaml:"when" doc:"CEL: the answers contradict each other"`
	Text       Text   `yaml:"text" doc:"What contradicts what, for who typed it"`
	Field      string `yaml:"of" doc:"The variable at which it is said"`
	Impossible bool   `yaml:"impossible" doc:"It cannot be: refused. Otherwise it is odd, and somebody confirms it with a reason"`
	Source     string `yaml:"source" doc:"Where the rule comes from"`
}

// Source is where a rule comes from. Checked is false for general knowledge and for our own judgment, and is shown so.
// Checked speaks of the content; the year of a classic grading may be from general knowledge, and a source without a
// date of its own carries the day on which it was read.
type Source struct {
	Pos
	ID      string `yaml:"-"`
	Text    string `yaml:"text" doc:"Author, title, journal or guideline"`
	DOI     string `yaml:"doi" doc:"DOI"`
	Date    string `yaml:"date" doc:"Date of the source; for our own judgment the day it was made"`
	Checked bool   `yaml:"checked" doc:"Read at the source"`
}

// Changes says what became of each variable since an earlier version.
type Changes struct {
	Pos
	Since     string   `yaml:"since" doc:"The version that this one follows"`
	Variables []Change `yaml:"variables,keyed" doc:"Each variable of this version that is not simply the same"`
	Removed   []string `yaml:"removed" doc:"Variables of the earlier version that are gone"`
}

// Change is the history of one variable.
type Change struct {
	Pos
	ID   string `yaml:"-"`
	Kind string `yaml:"kind" doc:"same, renamed, mapped or missing_before"`
	From string `yaml:"from" doc:"Its earlier name"`
	Map  Expr   `yaml:"map" doc:"CEL over the earlier version's variables"`
}
