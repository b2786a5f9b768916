// Package formula turns words into columns: expressions such as log(holders) or ht == 1 or id % 4 == 0, and model formulas such as
// y ~ a + b*c + rcs(age, 4) in the notation of Wilkinson and Rogers (1973, Applied Statistics 22:392–399) as R writes it.
//
// Expressions know numbers, "texts", variables (a name that is not one word stands in `backticks`), + - * / ^ %% %/%, comparisons, and & or !
// (also written and, or, not), %in%, and the functions of [Functions]. A missing value makes what depends on it missing;
// false and missing is false, true or missing is true.
//
// Formulas know + : * ^ - and parentheses between terms, factors (texts, or factor(x), with a reference level), splines rcs(x, knots), offset(), strata(), cluster(), (1 | center) and
// Surv(time, status) or Surv(start, stop, status) on the left. -1 or +0 leaves the intercept out, a dot stands for every other variable.
package formula
