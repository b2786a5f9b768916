source("lib.R")
lib <- function(n) get_data(n)
set.seed(42)
# Rscript make.R, beside lib.R of the reference set (whose functions glmer_res, lmer_res, gee_res and case it calls) and its data
# small centers that differ much
G <- 120; g <- rep(1:G, times = sample(2:6, G, TRUE)); n <- length(g); b <- rnorm(G, sd = 2)
sm <- data.frame(center = g, x = round(rnorm(n), 3), z = rbinom(n, 1, .4)); eta <- -.4 + .8 * sm$x - .7 * sm$z + b[g]
sm$y <- rbinom(n, 1, plogis(eta)); sm$days <- sample(10:400, n, TRUE); sm$k <- rpois(n, sm$days / 200 * exp(.2 + .3 * sm$x + .2 * b[g])); sm$m <- round(50 + 3 * sm$x + 2 * b[g] + rnorm(n, sd = 3), 2)
sm$x[c(3, 40)] <- NA
sm <- put(sm[sample(n), ], "centers", "simulated", "none")
# centers that do not differ
set.seed(1); fl <- data.frame(center = rep(1:10, each = 20), x = round(rnorm(200), 3)); fl$y <- rbinom(200, 1, plogis(-.2 + .5 * fl$x)); fl$m <- round(10 + fl$x + rnorm(200), 3)
m0 <- tapply(fl$m, fl$center, mean); fl$m <- round(fl$m - m0[fl$center] + 10 + fl$x, 3)
# outcomes as even as may be within centers
fl <- fl[order(fl$center, fl$x), ]; fl$y <- rep(c(0, 1), 100)
fl <- put(fl, "flat", "simulated", "none")
lung <- lib("lung"); cg <- lib("cgd_patient"); ai <- lib("aids2"); bw <- lib("birthwt"); qu <- lib("quine"); oh <- lib("ohio")
S <- function(o, p, g, ...) list(outcome = o, predictors = I(p), group = g, ...)
F <- function(o, p, g) as.formula(paste(o, "~", if (length(p)) paste(p, collapse = "+") else "1", "+ (1 |", g, ")"))
gl <- function(id, ds, d, o, p, g, q, note = NULL) tryCatch(case(id, "logistic_mixed", ds, S(o, p, g, nAGQ = q), sprintf("glmer(nAGQ = %d, bobyqa rhoend 1e-9)", q), glmer_res(F(o, p, g), d, q), rel = 1e-4, note = note), error = function(e) message(id, ": ", conditionMessage(e)))
for (q in c(1, 3, 11, 25)) gl(paste0("glmer-centers-", q), "centers", sm, "y", c("x", "z"), "center", q)
gl("glmer-centers-null", "centers", sm, "y", character(0), "center", 9)
gl("glmer-flat-1", "flat", fl, "y", "x", "center", 1); gl("glmer-flat-7", "flat", fl, "y", "x", "center", 7)
gl("glmer-lung-1", "lung", lung, "status", c("age", "female", "ph_ecog"), "inst", 1); gl("glmer-lung-5", "lung", lung, "status", c("age", "female", "ph_ecog"), "inst", 5)
gl("glmer-cgd-1", "cgd_patient", cg, "any", c("rifn", "age"), "center", 1); gl("glmer-cgd-25", "cgd_patient", cg, "any", c("rifn", "age"), "center", 25)
gl("glmer-aids-1", "aids2", ai, "status", c("age", "male"), "state", 1); gl("glmer-aids-15", "aids2", ai, "status", c("age", "male"), "state", 15)
gl("glmer-ohio-1", "ohio", oh, "resp", c("age", "smoke"), "id", 1); gl("glmer-ohio-20", "ohio", oh, "resp", c("age", "smoke"), "id", 20)
lm_ <- function(id, ds, d, o, p, g) tryCatch(case(id, "linear_mixed", ds, S(o, p, g), "lmer REML and ML", lmer_res(F(o, p, g), d)), error = function(e) message(id, ": ", conditionMessage(e)))
lm_("lmer-centers", "centers", sm, "m", c("x", "z"), "center"); lm_("lmer-flat", "flat", fl, "m", "x", "center")
lm_("lmer-lung", "lung", lung, "wt_loss", c("age", "female"), "inst"); lm_("lmer-birthwt", "birthwt", bw, "bwt", c("age", "lwt", "smoke"), "race"); lm_("lmer-null", "birthwt", bw, "bwt", character(0), "race")
lm_("lmer-aids", "aids2", ai, "time", c("age", "male"), "state")
ge <- function(id, ds, d, o, p, g, fam, cs, off = NULL) { rhs <- if (length(p)) paste(p, collapse = "+") else "1"; f <- as.formula(paste(o, "~", rhs, if (!is.null(off)) paste0("+ offset(", off, ")") else ""))
  sp <- list(outcome = o, predictors = I(p), id = g, family = fam, corstr = cs); if (!is.null(off)) sp$offset <- off; v <- unique(c(o, p, g, if (!is.null(off)) all.vars(parse(text = off)))); d <- d[complete.cases(d[, v, drop = FALSE]), ]
  tryCatch(case(id, "gee", ds, sp, sprintf("geeglm(corstr = '%s', epsilon 1e-12)", cs), gee_res(f, d, g, get(fam), cs), rel = 1e-5), error = function(e) message(id, ": ", conditionMessage(e))) }
for (k in c("exchangeable", "independence")) {
  ge(paste0("gee-centers-binomial-", k), "centers", sm, "y", c("x", "z"), "center", "binomial", k)
  ge(paste0("gee-centers-poisson-", k), "centers", sm, "k", c("x", "z"), "center", "poisson", k, "log(days / 365.25)")
  ge(paste0("gee-centers-gaussian-", k), "centers", sm, "m", c("x", "z"), "center", "gaussian", k)
  ge(paste0("gee-lung-gaussian-", k), "lung", lung, "wt_loss", c("age", "female"), "inst", "gaussian", k)
  if (k == "independence") ge(paste0("gee-flat-", k), "flat", fl, "y", "x", "center", "binomial", k)
  ge(paste0("gee-flat-gaussian-", k), "flat", fl, "m", "x", "center", "gaussian", k)
}
