# more cases, of simulated data; Rscript more.R beside lib.R of the reference set
source("lib.R")
S <- function(o, p, g, ...) list(outcome = o, predictors = I(p), group = g, ...)
F <- function(o, p, g) as.formula(paste(o, "~", if (length(p)) paste(p, collapse = "+") else "1", "+ (1 |", g, ")"))
gl <- function(id, ds, d, o, p, g, q) tryCatch(case(id, "logistic_mixed", ds, S(o, p, g, nAGQ = q), "", glmer_res(F(o, p, g), d, q), rel = 1e-4), error = function(e) message(id, ": ", conditionMessage(e)))
lm_ <- function(id, ds, d, o, p, g) tryCatch(case(id, "linear_mixed", ds, S(o, p, g), "", lmer_res(F(o, p, g), d)), error = function(e) message(id, ": ", conditionMessage(e)))
ge <- function(id, ds, d, o, p, g, fam, cs, off = NULL) { f <- as.formula(paste(o, "~", paste(p, collapse = "+"), if (!is.null(off)) paste0("+ offset(", off, ")") else ""))
  sp <- list(outcome = o, predictors = I(p), id = g, family = fam, corstr = cs); if (!is.null(off)) sp$offset <- off
  tryCatch(case(id, "gee", ds, sp, "", gee_res(f, d, g, get(fam), cs), rel = 1e-5), error = function(e) message(id, ": ", conditionMessage(e))) }
for (s in 1:24) { set.seed(100 + s)
  G <- sample(c(5, 12, 30, 60), 1); g <- rep(sample(1000:9999, G), times = 1 + rnbinom(G, size = 1.5, mu = sample(c(4, 15), 1))); n <- length(g); if (n > 900) next
  sd <- sample(c(.2, .7, 1.5, 3), 1); b <- rnorm(10000, sd = sd)
  d <- data.frame(site = g, year = sample(1990:2020, n, TRUE), vol = round(rlnorm(n, 8, 1)), trt = rbinom(n, 1, .5), x = round(rnorm(n), 4))
  eta <- sample(c(-3, -1, 0), 1) + .03 * (d$year - 2005) + .6 * d$trt - .5 * d$x + b[g]
  d$y <- rbinom(n, 1, plogis(eta)); d$m <- round(1000 + 20 * eta + rnorm(n, sd = 15), 1); d$t <- round(runif(n, 20, 60)); d$k <- rpois(n, d$t / 30 * exp(-.5 + .3 * d$trt + .3 * b[g]))
  ds <- paste0("d", s); d <- put(d, ds, "", ""); message(ds, " n=", n, " G=", G, " sd=", sd, " events=", sum(d$y))
  q <- sample(c(1, 1, 2, 4, 9, 50), 1); P <- c("trt", "x", "year")[1:sample(3, 1)]
  gl(paste0("glmer", s, "-", q), ds, d, "y", P, "site", q)
  lm_(paste0("lmer", s), ds, d, "m", c("trt", "year", "vol"), "site")
  ge(paste0("geeb", s), ds, d, "y", P, "site", "binomial", sample(c("exchangeable", "independence"), 1))
  ge(paste0("geek", s), ds, d, "k", c("trt", "x"), "site", "poisson", "exchangeable", "log(t)")
  ge(paste0("geem", s), ds, d, "m", c("trt", "vol"), "site", "gaussian", "exchangeable")
}
