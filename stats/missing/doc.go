// Package missing deals with values that a study did not get: which rows a complete-case analysis would lose and why, multiple imputation by chained
// equations, and the pooling of what the imputed data sets say.
//
// Imputation rests on the assumption that whether a value is missing depends only on what is observed (missing at random). No data can confirm
// that; [CompleteCases] shows at least who would be lost. Randomness comes from a seed alone: the same plan on the same table gives the same
// values, on however many processors.
package missing
