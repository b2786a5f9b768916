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
