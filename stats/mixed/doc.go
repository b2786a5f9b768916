// Package mixed fits models of patients within centers, whose outcomes are alike for reasons that the covariates do not tell.
//
// A random intercept gives each center a level of its own, drawn from a normal distribution: [Logistic] for an outcome that happened or
// did not, [Linear] for a measurement. [GEE] leaves the levels out and corrects the standard errors for the likeness of patients of one
// center; its coefficients are averages over the population, those of the random intercept are at a given center, and further from zero.
//
// A center is one term of each likelihood: [Center.Sums], [Summarize] and [Center.Estimating] are what a hospital contributes,
// and what the fits of one table add up over their groups.
package mixed
