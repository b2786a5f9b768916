// Package meta pools one effect from many studies.
//
// A study gives an effect on an additive scale (log odds ratio, difference of means, logit of a proportion) and its variance on that scale: [Studies].
// [LogOddsRatio], [MeanDifference], [Proportion] and their like make them from the counts and means that papers print. [Pool] and [Regress] then combine
// them, with a between-study variance τ² if the method asks for one; [MantelHaenszel] and [Peto] combine sparse tables without one.
// [ProfileTau2], [Egger], [Begg] and [LeaveOneOut] say how far the answer can be trusted.
//
// Letters follow Higgins, Thompson and Spiegelhalter (2009, JRSS A 172:137) and Viechtbauer (2005, J Educ Behav Stat 30:261): k studies, effects y, variances v,
// weights w = 1/(v+τ²), and P = W − WX(XᵀWX)⁻¹XᵀW, which takes the fitted part out of y.
package meta
