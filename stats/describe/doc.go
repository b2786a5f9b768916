// Package describe holds what the first table of a study needs, and the tests that compare two or several groups without a model.
//
// Summaries and quantiles of one variable; standardized differences between two groups; the t test, the rank-sum test (normal and exact) with the
// shift of Hodges and Lehmann, the test of Kruskal and Wallis; chi-square and exact tests of tables; limits of proportions, of their differences and
// ratios; stratified 2×2 tables after Mantel and Haenszel.
//
// NaN is a missing value and is left out, variable by variable. "First" and "second" group are the caller's two lists; differences are first minus
// second unless the name says otherwise. Everything that cannot be computed is a *stats.Error, or NaN in a field whose comment says so.
package describe
