# Writes birthwt.csv (values taken from the birthwt data of MASS, missing at random) and reference.json: pooled results of mice 3.15.0, R 4.2.2.
# Run here: Rscript reference.R
suppressMessages({library(mice); library(jsonlite)})
d <- read.csv("../../agree/testdata/data/birthwt.csv", stringsAsFactors = FALSE)[, c("age", "lwt", "race", "smoke", "ht", "bwt")]
M <- 2147483647; s <- 4711; u <- function() { o <- numeric(nrow(d)); for (i in seq_along(o)) { s <<- (16807 * s) %% M; o[i] <- s / M }; o }
p <- function(b) plogis(b + (d$age - 23) / 10 - (d$bwt - 2900) / 1500)
d$lwt[u() < p(-1.2)] <- NA; d$race[u() < p(-1.2)] <- NA; d$smoke[u() < p(-1.5)] <- NA
write.csv(d, "birthwt.csv", row.names = FALSE, quote = FALSE, na = "")
d$race <- factor(d$race); d$smoke <- factor(d$smoke)
run <- function(lwt) { m <- 400; i <- mice(d, m = m, maxit = 10, seed = 3, method = c("", lwt, "polyreg", "logreg", "", ""), printFlag = FALSE)
  o <- pool(with(i, lm(bwt ~ lwt + race + smoke + age)))$pooled
  full <- lapply(seq_len(m), function(k) complete(i, k)); mean1 <- function(v, f) mean(vapply(full, function(x) mean(f(x[[v]][is.na(d[[v]])])), 0))
  list(lwt = lwt, m = m, terms = as.character(o$term), estimate = o$estimate, se = sqrt(o$t), b = o$b, df = o$df, fmi = o$fmi,
    lwt_mean = mean1("lwt", identity), lwt_sd = mean(vapply(full, function(x) sd(x$lwt[is.na(d$lwt)]), 0)), other = mean1("race", function(x) x == "other"), white = mean1("race", function(x) x == "white"), smoke = mean1("smoke", function(x) x == "1")) }
q <- list(estimates = matrix(c(1.2, 1.5, 1.1, 1.2, 0, .2, -.1, .05), 4), variances = matrix(c(.2, .3, .25, .22, .01, .012, .009, .011), 4))
pl <- lapply(1:2, function(j) { r <- pool.scalar(q$estimates[, j], q$variances[, j], n = 41, k = 1); r[c("qbar", "ubar", "b", "t", "df", "r", "fmi")] })
write_json(list(pmm = run("pmm"), norm = run("norm"), rubin = c(q, list(dfcom = 40, pooled = pl))), "reference.json", digits = NA, auto_unbox = TRUE)
