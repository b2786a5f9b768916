// Package regress fits linear, logistic, Poisson and negative binomial regression, by maximum likelihood and, for logistic
// regression, by Firth's penalized likelihood, and says how far such a fit can be trusted: Wald and profile intervals,
// heteroskedasticity- and cluster-robust errors, discrimination, calibration, goodness of fit.
//
// A fit is a sum over rows and a step taken from it (package fit): [LogisticSums], [PoissonSums] and [LinearSums] are what one hospital
// adds to a fit of many. Rows are summed in shards of fixed size, in fixed order, so an answer does not depend on the number of processors.
// A fit that would diverge is refused with an error that names the variable; see separation.go for how that is proven.
package regress
