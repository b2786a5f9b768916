// Package tail holds the tail probabilities and quantiles that tests and intervals need, accurate to about twelve digits wherever they are
// greater than 1e-300: a p value of 1e-250 is computed, not the rest of a subtraction from 1.
//
// Normal, t, chi-square, F, beta, gamma, binomial and Poisson distributions, the noncentral t, and limits of a count (exact) and of a proportion (exact,
// and by the score test).
// Names say which tail is meant: Lower is P(X ≤ x), Upper is P(X > x), AtLeast is P(X ≥ k) of a count. A quantile is the x with Lower(x) = p.
// Parameters that no distribution has (a probability outside 0 to 1, degrees of freedom that are not positive, NaN) give NaN; nothing panics.
//
// Densities are computed from deviances, after Loader, "Fast and accurate computation of binomial probabilities" (2000), which keeps large
// arguments from losing digits. Tails are that density times a power series or a continued fraction (NIST Digital Library of Mathematical
// Functions, 8.7, 8.9 and 8.17). Quantiles solve for the logarithm of the smaller tail by Newton's method: the logarithms of a gamma variable and
// the logits of a beta variable have log-concave densities, so that log tail is concave and the method cannot go astray.
package tail
