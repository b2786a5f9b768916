# Writes r.json: random data and what R 4.2.2 says of them. Run in this folder: Rscript make.R
library(jsonlite)
set.seed(20)
v <- function(x) I(unname(as.vector(x)))
rx <- function(n, ties) if (ties) round(rnorm(n) * 3) else round(rnorm(n) * 10, 6)
two <- lapply(1:24, function(i) {
  x <- rx(sample(2:40, 1), i %% 2 == 0); y <- round(rx(sample(3:40, 1), i %% 2 == 0) + sample(c(0, 1, 6), 1), 6)
  w <- function(...) suppressWarnings(wilcox.test(x, y, ...))
  h <- w(exact = FALSE, conf.int = TRUE, tol.root = 1e-10, conf.level = .9)
  a <- t.test(x, y, conf.level = .9); b <- t.test(x, y, var.equal = TRUE, conf.level = .9)
  list(x = v(x), y = v(y), u = unname(w()$statistic), p_correct = w(exact = FALSE)$p.value, p_plain = w(exact = FALSE, correct = FALSE)$p.value,
    p_exact = if (i %% 2 == 1) w(exact = TRUE)$p.value else NA, shift = unname(h$estimate), shift_ci = v(h$conf.int), median = median(outer(x, y, "-")),
    welch = v(c(a$statistic, a$parameter, a$p.value, a$conf.int)), pooled = v(c(b$statistic, b$parameter, b$p.value, b$conf.int)),
    quantiles7 = v(quantile(x, c(.1, .25, .5, .9), type = 7)), quantiles2 = v(quantile(x, c(.1, .25, .5, .9), type = 2)),
    kruskal = v({ k <- kruskal.test(list(x, y, c(x, 2 * y))); c(k$statistic, k$parameter, k$p.value) }))
})
fisher <- lapply(1:60, function(i) {
  t <- matrix(rpois(4, sample(c(1, 5, 20, 200), 4, TRUE)) + c(1, 0, 0, 1), 2); f <- fisher.test(t)
  list(table = t, p = f$p.value, less = fisher.test(t, alternative = "less")$p.value, greater = fisher.test(t, alternative = "greater")$p.value,
    uniroot = v(c(f$estimate, f$conf.int)), yates = v({ k <- suppressWarnings(chisq.test(t)); c(k$statistic, k$p.value) }))
})
shapes <- list(c(2, 3, 100), c(2, 5, 200), c(2, 8, 100), c(3, 3, 50), c(3, 3, 300), c(4, 3, 300), c(3, 4, 150), c(4, 4, 60), c(5, 5, 40), c(6, 4, 40), c(2, 10, 150), c(5, 4, 60))
rxc <- unlist(lapply(shapes, function(d) lapply(c(0, .2), function(share) {
  r <- sample(d[1], d[3], TRUE, prob = (1:d[1])^-.5); k <- ifelse(runif(d[3]) < share, pmin(r, d[2]), sample(d[2], d[3], TRUE, prob = (1:d[2])^-.7))
  t <- table(factor(r, 1:d[1]), factor(k, 1:d[2])); list(table = unname(unclass(t)), p = fisher.test(t, workspace = 2e8)$p.value)
})), FALSE)
binomial <- lapply(1:60, function(i) {
  n <- sample(c(1, 2, 10, 35, 400, 10000), 1); p <- sample(c(0, .001, .1, .2, .5, .83, 1), 1); x <- min(n, max(0, rbinom(1, n, sample(c(p, .3), 1))))
  list(x = x, n = n, p = p, value = as.numeric(binom.test(x, n, p)$p.value), exact = v(binom.test(x, n, conf.level = .9)$conf.int), wilson = v(suppressWarnings(prop.test(x, n, correct = FALSE, conf.level = .9))$conf.int))
})
cmh <- lapply(1:16, function(i) {
  k <- sample(2:6, 1); a <- array(rpois(4 * k, sample(c(2, 8, 40), 4 * k, TRUE)) + 1, c(2, 2, k)); m <- mantelhaen.test(a); e <- mantelhaen.test(a, exact = TRUE)
  f <- suppressWarnings(metafor::rma.mh(ai = a[1, 1, ], bi = a[1, 2, ], ci = a[2, 1, ], di = a[2, 2, ], measure = "OR"))
  list(tables = lapply(1:k, function(j) a[, , j]), corrected = v(c(m$statistic, m$p.value)), uncorrected = mantelhaen.test(a, correct = FALSE)$p.value, ratio = v(c(m$estimate, m$conf.int)),
    exact = v(c(e$p.value, e$estimate, e$conf.int)), homogeneity = v(c(f$BD, f$BDp, f$TA, f$TAp)))
})
writeLines(toJSON(list(two = two, fisher = fisher, rxc = rxc, binomial = binomial, cmh = cmh), digits = NA, auto_unbox = TRUE, na = "null"), "r.json")
