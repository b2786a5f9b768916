package studies

import (
	"context"
	"errors"
	"math"

	"time"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/record"
	"consilium/study"
	"consilium/study/method"
	"consilium/web/api"
)

type newStudy struct {
	Body struct {
		Protocol  string   `json:"protocol" doc:"The protocol, YAML (docs/studies.md)"`
		Hospitals []string `json:"hospitals,omitempty" doc:"Partners to invite, by their IDs"`
	}
}

// StudyRow is a study in a list. It is exported, as all that another view embeds: the OpenAPI document passes over the fields of other embedded types.
type StudyRow struct {
	ID        ledger.ThreadID `json:"id"`
	Title     string          `json:"title"`
	Question  string          `json:"question"`
	Pathway   string          `json:"pathway"`
	State     string          `json:"state" doc:"empty: no protocol; asking, running, finished, signed, published, withdrawn"`
	Steward   string          `json:"steward"`
	Version   int             `json:"version"`
	Hospitals int             `json:"hospitals"`
	Approved  int             `json:"approved"`
	Next      []string        `json:"next"`
}

type studyView struct {
	StudyRow
	Entries  int           `json:"entries"`
	Digest   ledger.Hash   `json:"digest"`
	Protocol ledger.Hash   `json:"protocol" doc:"SHA-256 of the file that is approved"`
	Source   string        `json:"source" doc:"That file"`
	Entry    *ledger.Hash  `json:"entry,omitempty" doc:"The entry that said it: what an approval refers to"`
	Said     []opinionView `json:"said" doc:"What each hospital says to this version"`
	Run      *runView      `json:"run,omitempty" doc:"The newest"`
}

type opinionView struct {
	Hospital string `json:"hospital"`
	Approved bool   `json:"approved"`
	Person   string `json:"person"`
	Reason   string `json:"reason,omitempty"`
}

type runView struct {
	Entry     ledger.Hash  `json:"entry"`
	Hospitals []string     `json:"hospitals"`
	Rounds    int          `json:"rounds" doc:"That are over, and the one under way"`
	Missing   []string     `json:"missing" doc:"Hospitals that it waits for"`
	Fault     string       `json:"fault,omitempty"`
	Done      bool         `json:"done"`
	Step      *ledger.Hash `json:"step,omitempty" doc:"Hash of the last step: what is signed"`
	Signed    []string     `json:"signed"`
}

// open begins a study: the thread with its protocol, then the invitations.
func (a operations) open(ctx context.Context, in *newStudy) (*api.Answer[api.Made], error) {
	var hospitals []ledger.HospitalID
	for _, text := range in.Body.Hospitals {
		id, err := ledger.ParseHospitalID(text)
		if err != nil {
			return nil, errors.Join(desk.ErrInput, err)
		}
		hospitals = append(hospitals, id)
	}
	first, err := a.BeginStudy(ctx, in.Body.Protocol, hospitals)
	if err != nil {
		return nil, err
	}
	id, err := a.Door.Open(ctx, api.CallerOf(ctx).Who, study.Talk().Thread, first)
	return &api.Answer[api.Made]{Body: api.Made{ID: id}}, err
}

func (a operations) list(ctx context.Context, in *api.PageIn) (*api.Answer[api.Items[StudyRow]], error) {
	if err := access.Need(api.CallerOf(ctx).Who, access.List, access.What{Of: study.Governance}); err != nil {
		return nil, err
	}
	var rows []study.Row
	err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		rows, err = study.List(ctx, tx)
		return err
	})
	view := func(r study.Row) StudyRow { return rowView(ctx, r) }
	return &api.Answer[api.Items[StudyRow]]{Body: api.PageOf(rows, *in, func(r study.Row) string { return r.Thread.String() }, view)}, err
}

func rowView(ctx context.Context, r study.Row) StudyRow {
	l := api.LanguageOf(ctx)
	return StudyRow{ID: r.Thread, Title: r.Title.In(l), Question: r.Question, Pathway: r.Pathway, State: string(r.State), Steward: r.Steward.String(), Version: r.Version,
		Hospitals: r.Hospitals, Approved: r.Approved, Next: api.Each(r.Next, func(t record.Task) string { return t.What.In(l) })}
}

func (a operations) get(ctx context.Context, in *api.ReadIn) (*api.Stated[studyView], error) {
	s, err := a.Study(ctx, api.CallerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := studyView{StudyRow: rowView(ctx, study.RowOf(s)), Entries: len(s.Log.Said), Digest: s.Log.Digest(), Said: []opinionView{}}
	if v := s.Current(); v != nil {
		out.Protocol, out.Source, out.Entry = v.Parsed.Hash, v.Says.Source, &v.Hash
		for _, yes := range v.Approved {
			out.Said = append(out.Said, opinionView{yes.By.Hospital.String(), true, yes.By.Name, ""})
		}
		for _, no := range v.Declined {
			out.Said = append(out.Said, opinionView{no.By.Hospital.String(), false, no.By.Name, no.Says.Reason})
		}
	}
	if r := s.Last(); r != nil {
		out.Run = runOf(r)
	}
	return api.State(s.Log.Digest(), out)
}

func ids(list []ledger.HospitalID) []string {
	return api.Each(list, func(h ledger.HospitalID) string { return h.String() })
}

func runOf(r *study.Run) *runView {
	v := &runView{Entry: r.Hash, Hospitals: ids(r.Says.Hospitals), Rounds: len(r.Rounds), Missing: ids(r.Missing()), Fault: r.Fault, Done: r.Done(),
		Signed: api.Each(r.Results, func(x record.Said[study.Result]) string { return x.By.Hospital.String() })}
	if r.Done() {
		v.Step = &r.Fold.Step
	}
	return v
}

type ownIn struct {
	ID     ledger.ThreadID `path:"id"`
	Waiver string          `query:"waiver" doc:"Number of a waiver of consent, named by a head of department or in the approval here, and noted; left out: only patients who agreed to research"`
}

type ownView struct {
	Patients int       `json:"patients" doc:"In the cohort, at this hospital, now"`
	Few      bool      `json:"few,omitempty" doc:"There are some, and fewer than any count shows"`
	Odd      []string  `json:"odd,omitempty" doc:"Variables with values that have no place in their type; they count as missing"`
	Lost     string    `json:"forgotten,omitempty" doc:"Day of a run in which something left this hospital that its node does not know since it was restored: it takes part in no run of the pathway unless the approval says forgotten"`
	Analyses []ownPart `json:"analyses"`
}

type ownPart struct {
	ID          string   `json:"id"`
	Contributes bool     `json:"contributes"`
	Patients    int      `json:"patients" doc:"Complete cases; 0 of an analysis to which this hospital does not contribute"`
	Why         []string `json:"why,omitempty" doc:"What stands against it"`
}

func (a operations) own(ctx context.Context, in *ownIn) (*api.Answer[ownView], error) {
	s, err := a.Study(ctx, api.CallerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	part, err := a.OwnPart(ctx, api.CallerOf(ctx), s, in.Waiver)
	if err != nil {
		return nil, err
	}
	patients, told := part.Patients()
	out := ownView{Few: !told}
	lost, err := a.ForgottenRun(ctx, s.Current())
	if err != nil {
		return nil, err
	}
	if !lost.IsZero() {
		out.Lost = lost.Format(time.DateOnly)
	}
	for _, odd := range part.Cohort.Odd {
		out.Odd = append(out.Odd, odd.Variable) // never their values: who asks need not be who may read rows
	}
	if told {
		out.Patients = patients
	}
	for i := range part.Takes {
		p := ownPart{ID: s.Current().Parsed.Analyses[i].ID, Contributes: part.Takes[i]}
		p.Patients, _ = part.Complete(i)
		for _, why := range part.Why[i] {
			p.Why = append(p.Why, string(why.Rule)+": "+why.About)
		}
		out.Analyses = append(out.Analyses, p)
	}
	return &api.Answer[ownView]{Body: out}, nil
}

type resultView struct {
	Step     ledger.Hash      `json:"step"`
	Analyses []analysisResult `json:"analyses"`
}

type analysisResult struct {
	ID        string         `json:"id"`
	N         int            `json:"n"`
	LeftOut   []string       `json:"left_out,omitempty"`
	Refused   string         `json:"refused,omitempty" doc:"Why there is no result, in the reader's language"`
	Why       string         `json:"why,omitempty" doc:"Its sort: nobody, fewer, one-hospital, point, range, rows, unending, collinear, no-slope, no-step, one-outcome, no-events, too-few, between, together, one-treatment"`
	Estimates []estimateView `json:"estimates"`
}

type estimateView struct {
	Name  string   `json:"name"`
	Value float64  `json:"value"`
	SE    *float64 `json:"se,omitempty"`
}

func (a operations) result(ctx context.Context, in *api.ThreadIn) (*api.Answer[resultView], error) {
	s, err := a.Study(ctx, api.CallerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	r := s.Last()
	if r == nil || !r.Done() {
		return nil, desk.ErrNotHere
	}
	out := resultView{Step: r.Fold.Step}
	for _, x := range r.Fold.Results() {
		one := analysisResult{ID: r.Fold.Protocol.Analyses[x.Analysis].ID, N: x.N, LeftOut: ids(x.LeftOut), Estimates: api.Each(x.Estimates, estimateOf)}
		if why := x.Refused; why != nil {
			one.Refused, one.Why = why.In(api.LanguageOf(ctx), func(term string) string { return term }), string(why.Why)
		}
		out.Analyses = append(out.Analyses, one)
	}
	return &api.Answer[resultView]{Body: out}, nil
}

func estimateOf(e method.Estimate) estimateView {
	v := estimateView{Name: e.Name, Value: e.Value}
	if !math.IsNaN(e.SE) {
		v.SE = &e.SE
	}
	return v
}
