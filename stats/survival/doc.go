// Package survival compares times to an event when some of them are only known to be longer than what was seen.
//
//	Count, KaplanMeier, LogRank, RestrictedMean   one pass over the sorted times, then everything from the counts
//	NewRiskSets, Cox                              proportional hazards: ties, strata, entry times, robust errors
//	CountCauses, CumulativeIncidence, GrayTest    competing causes; StateCurves
//	FineGray                                      regression on a cumulative incidence
//
// Two kinds of contribution are additive, and so may come from several hospitals that never show a row: [Counts] (how many had the
// event, and how many left, at each time) for the curves and the log-rank test, and the [fit.Sums] of [RiskSets.Sums] for a Cox
// model stratified by hospital.
//
// A time is zero or more, in whatever unit the caller chose; all results in time are in that unit. Times that differ by less than
// 1.5e-8 of the mean time count as equal, because they mostly come from dates divided by a length.
package survival
