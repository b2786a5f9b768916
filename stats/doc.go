// Package stats holds what every method below it shares: a table of named columns, a model matrix, and the errors that say why
// a number was not given. The methods stand in packages of their own, one for each section of a surgical comparison:
//
//	describe    means, quantiles, counts, standardized differences; tests of two groups; proportions
//	formula     y ~ a + b*c + rcs(age, 4): from a table to a model matrix
//	regress     linear, logistic, Poisson, negative binomial; Firth; robust errors; calibration
//	survival    Kaplan-Meier, log-rank, Cox, restricted mean, Aalen-Johansen, Fine-Gray
//	mixed       random intercepts for centers, linear and logistic; estimating equations
//	causal      propensity scores, weights, matching, AIPW, E-value
//	missing     chained equations, Rubin's rules
//	meta        one effect from many studies
//	monitor     quality over time: CUSUM, run charts, funnel limits
//	power       sample size before a study
//	predict     penalized models, validation, decision curves
//	fit         sums over rows → step: what one hospital adds to a fit, and the step that all take
//	matrix      small symmetric systems
//	reference   analyses written as JSON, and their comparison with results of R
//
// All of it is pure: arrays in, results out, no files, no clock, and randomness only from a seed that the caller gives.
// Nothing here panics on data, and no method returns a number that it did not reach: see [Error].
package stats
