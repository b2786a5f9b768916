// Package stats holds what every method below it shares: a table of named columns, a model matrix, and the errors that say why
// a number was not given. The methods stand in packages of their own, one for each section of a surgical comparison:
//
//	describe    means, quantiles, standardized differences; tests of groups; proportions, ratios and tables, stratified too
//	formula     y ~ a + b*c + rcs(age, 4): from a table to a model matrix
//	regress     linear, logistic, Poisson, negative binomial; Firth; robust errors; calibration
//	survival    Kaplan-Meier, log-rank, Cox, restricted mean, Aalen-Johansen, Gray, Fine-Gray
//	mixed       random intercepts for centers, linear and logistic; estimating equations
//	causal      propensity scores, weights, matching, AIPW, E-value
//	missing     complete cases, chained equations, Rubin's rules
//	meta        one effect from many studies
//	monitor     quality over time and across centers: CUSUM, learning curves, run charts, funnels, observed over expected
//	power       sample size before a study, and the power of a given one
//	predict     penalized models, validation, calibration and decision curves
//
// They stand on three that know no statistics of patients:
//
//	tail        tail probabilities and quantiles of distributions; limits of a count and of a proportion
//	matrix      small symmetric systems
//	fit         sums over rows → step: what one hospital adds to a fit, and the step that all take
//
// and below two that read and write:
//
//	analysis    the registry of methods: analyses written as JSON, the keys that each takes, data read from CSV
//	agree       comparison with the results of another program, and the cases that the tests demand
//
// Imports go down: these three, then describe, formula, regress and survival, then the others, then analysis, then agree.
//
// All but these two are pure: arrays in, results out, no files, no clock, and randomness only from a seed that the caller gives.
// Nothing here panics on data, and no method returns a number that it did not reach: see [Error].
package stats
