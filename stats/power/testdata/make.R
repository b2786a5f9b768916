# Writes r.json: powers and sizes by R 4.2.2. Run in this folder: Rscript make.R
library(jsonlite)
set.seed(9)
means <- lapply(1:30, function(i) { d <- sample(c(.1, .3, .5, 1, 2), 1) * runif(1, .5, 1.5); s <- runif(1, .5, 3); w <- sample(c(.5, .8, .9, .99), 1); a <- sample(c(.001, .01, .05, .2), 1)
  n <- power.t.test(delta = d, sd = s, power = w, sig.level = a, tol = 1e-13)$n; k <- sample(3:200, 1)
  list(delta = d, sd = s, power = w, alpha = a, n = n, one_sided = power.t.test(delta = d, sd = s, power = w, sig.level = a, alternative = "one.sided", tol = 1e-13)$n, k = k,
    at_k = power.t.test(n = k, delta = d, sd = s, sig.level = a)$power, strict_at_k = power.t.test(n = k, delta = d, sd = s, sig.level = a, strict = TRUE)$power) })
proportions <- lapply(1:30, function(i) { p <- round(runif(2, .01, .99), 3); w <- sample(c(.8, .9, .99), 1); a <- sample(c(.001, .01, .05), 1); k <- sample(3:500, 1)
  list(p1 = p[1], p2 = p[2], power = w, alpha = a, n = power.prop.test(p1 = p[1], p2 = p[2], power = w, sig.level = a, tol = 1e-13)$n, k = k,
    at_k = power.prop.test(n = k, p1 = p[1], p2 = p[2], sig.level = a)$power, strict_at_k = power.prop.test(n = k, p1 = p[1], p2 = p[2], sig.level = a, strict = TRUE)$power) })
writeLines(toJSON(list(means = means, proportions = proportions), digits = NA, auto_unbox = TRUE), "r.json")
