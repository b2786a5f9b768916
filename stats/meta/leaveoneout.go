package meta

// LeaveOneOut pools k times, each time without one study, in the order of the studies: it shows whether the answer hangs on one of them. It takes three studies or
// more (two with Fixed).
func LeaveOneOut(s Studies, o Options) ([]*Pooled, error) {
	least := 3
	if o.method() == Fixed && !o.HKSJ {
		least = 2
	}
	if err := s.check("leave-one-out", least); err != nil {
		return nil, err
	}
	out := make([]*Pooled, s.Len())
	for i := range out {
		var err error
		if out[i], err = Pool(s.without(i), o); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Cumulative pools the first study, the first two, and so on, in the order given (say, by year). The first is pooled with a fixed effect, because one study
// has no between-study variance.
func Cumulative(s Studies, o Options) ([]*Pooled, error) {
	if err := s.check("cumulative meta-analysis", 1); err != nil {
		return nil, err
	}
	out := make([]*Pooled, s.Len())
	for i := range out {
		upTo, how := Studies{s.Effect[:i+1], s.Variance[:i+1]}, o
		if i == 0 {
			how = Options{Method: Fixed, Level: o.Level}
		}
		var err error
		if out[i], err = Pool(upTo, how); err != nil {
			return nil, err
		}
	}
	return out, nil
}
