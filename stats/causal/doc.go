// Package causal compares two treatments that were not given at random: propensity scores, weights, matching, a doubly robust
// estimate, how balanced the groups are before and after, and how strong an unmeasured confounder would have to be.
//
// Each part stands alone. Weights and balance take any propensities, [Match] takes any distance, and [Compare] any weights; errors name
// the treatment or the covariate that prevents a comparison. All of it holds only as far as the covariates hold everything that
// led to the choice of treatment and to the outcome; [EValue] says how far that may fail.
package causal
