# Cases of methods that came later: run  Rscript make.R  in this folder. The helper functions are those of ../lib.R.
# Data: survival::rotterdam, survival::veteran, survival::lung (LGPL-2+), MASS::birthwt, MASS::housing, nnet (GPL-2 or GPL-3), as Debian 12 ships them.
suppressWarnings(suppressMessages({library(jsonlite); library(survival); library(MASS); library(sandwich); library(nnet); library(ordinal); library(geepack)}))
source("../lib.R")
P <- function(df, name) put(df, name, "R", "x", "")
tt <- glm.control(epsilon = 1e-14, maxit = 100)
rot <- local({p <- survival::rotterdam; set.seed(3); p <- p[sample(nrow(p), 600), ]; P(data.frame(id = p$pid, time = round(p$rtime / 30.4375, 2), status = p$recur, age = p$age, grade3 = as.integer(p$grade == 3), nodes = p$nodes, pgr = p$pgr, hormon = p$hormon,
  crstatus = ifelse(p$recur == 1, 1, ifelse(p$death == 1, 2, 0)), crtime = round(ifelse(p$recur == 1, p$rtime, p$dtime) / 30.4375, 2), w = round(0.3 + 2 * (p$age %% 7) / 7, 3), size = as.character(p$size), untied = round(ifelse(p$recur == 1, p$rtime, p$dtime) / 30.4375, 2) + rank(p$pid) * 1e-5), "rotterdam")})

# --- weights: adjusted curves -------------------------------------------------------------
ps <- glm(hormon ~ age + grade3 + nodes, binomial, rot, control = tt); e <- fitted(ps)
wts <- list(ate = ifelse(rot$hormon == 1, 1 / e, 1 / (1 - e)), overlap = ifelse(rot$hormon == 1, 1 - e, e), att = ifelse(rot$hormon == 1, 1, e / (1 - e)))
rmst_if <- function(fit, tau) { # area under a weighted curve with its infinitesimal jackknife
  t <- c(0, fit$time[fit$time <= tau], tau); s <- c(1, fit$surv[fit$time <= tau]); inf <- cbind(0, fit$influence.surv[, fit$time <= tau, drop = FALSE])
  c(sum(s * diff(t)), sqrt(sum((inf %*% diff(t))^2))) }
for (target in names(wts)) { iw <- wts[[target]]; at <- c(24, 60, 100); tau <- 80
  arm <- lapply(0:1, function(k) { d <- rot[rot$hormon == k, ]; wk <- iw[rot$hormon == k]; f <- survfit(Surv(time, status) ~ 1, d, weights = wk, robust = TRUE, conf.type = "log-log", influence = TRUE); s <- summary(f, times = at); r <- rmst_if(f, tau)
    list(n = nrow(d), sum_w = sum(wk), ess = sum(wk)^2 / sum(wk^2), value = vec(s$surv), se = vec(s$std.err), lower = vec(s$lower), upper = vec(s$upper), at_risk = vec(s$n.risk), rm = r) })
  cx <- coxph(Surv(time, status) ~ hormon, rot, weights = iw, robust = TRUE, control = coxph.control(eps = 1e-12, iter.max = 50)); br <- coxph(Surv(time, status) ~ hormon, rot, weights = iw, robust = TRUE, ties = "breslow")
  se <- sqrt(diag(cx$var)); b <- coef(cx); rd <- arm[[2]]$rm[1] - arm[[1]]$rm[1]; rs <- sqrt(arm[[1]]$rm[2]^2 + arm[[2]]$rm[2]^2)
  case(paste0("adjusted-", target), "adjusted_curves", "rotterdam", list(time = "time", status = "status", treatment = "hormon", covariates = c("age", "grade3", "nodes"), target = target, times = at, tau = tau), "survfit(weights, robust), coxph(weights, robust)",
    list(n = nrow(rot), arms = lapply(arm, function(a) a[c("n", "sum_w", "ess", "value", "se", "lower", "upper", "at_risk")]), difference = vec(arm[[2]]$value - arm[[1]]$value),
      logrank = list(chisq = unname(br$rscore), df = 1, p = pchisq(unname(br$rscore), 1, lower.tail = FALSE)), hazard_ratio = list(hr = exp(unname(b)), se = unname(se), lower = exp(unname(b - qnorm(.975) * se)), upper = exp(unname(b + qnorm(.975) * se))),
      rmst = list(rmst1 = arm[[2]]$rm[1], se1 = arm[[2]]$rm[2], rmst0 = arm[[1]]$rm[1], se0 = arm[[1]]$rm[2], difference = rd, se = rs))) }
w <- rot$w
f <- survfit(Surv(crtime, factor(crstatus)) ~ hormon, rot, weights = w, id = id); s <- summary(f, times = c(24, 60, 100))
case("weights-aj", "aalen_johansen", "rotterdam", list(time = "crtime", status = "crstatus", group = "hormon", weights = "w", times = c(24, 60, 100)), "survfit(weights), multi-state",
  list(survfit = list(state0 = vec(s$pstate[, 1]), state1 = vec(s$pstate[, 2]), state2 = vec(s$pstate[, 3]), se1_ij = vec(s$std.err[, 2]), se2_ij = vec(s$std.err[, 3]))))
# Fine-Gray with weights in the model and in G, by Newton's steps on its score. (survival::finegray with weights takes other ones for G.)
fgw <- function(t, s, X, w) { G <- survfit(Surv(t, s == 0) ~ 1, weights = w); Gm <- function(x) c(1, G$surv)[findInterval(x, G$time, left.open = TRUE) + 1]; ev <- which(s == 1); b <- rep(0, ncol(X))
  for (k in 1:30) { r <- as.vector(exp(X %*% b)); U <- 0 * b; I <- matrix(0, length(b), length(b))
    for (i in ev) { v <- w * r * ifelse(t >= t[i], 1, ifelse(s == 2, Gm(t[i]) / Gm(t), 0)); m <- colSums(v * X) / sum(v); U <- U + w[i] * (X[i, ] - m); I <- I + w[i] * (crossprod(X, v * X) / sum(v) - m %o% m) }
    step <- solve(I, U); b <- b + step; if (max(abs(step)) < 1e-13) break }
  b }
case("weights-finegray", "fine_gray", "rotterdam", list(time = "untied", status = "crstatus", failcode = 1, predictors = c("hormon", "age", "nodes"), weights = "w"), "definition in make.R; coefficients", list(coef = vec(fgw(rot$untied, rot$crstatus, scale(as.matrix(rot[, c("hormon", "age", "nodes")]), scale = FALSE), rot$w))), rel = 1e-5)
b2 <- coxph(Surv(time, status) ~ factor(size) + strata(grade3), rot, weights = w, robust = TRUE, ties = "breslow")
case("weights-logrank", "logrank", "rotterdam", list(time = "time", status = "status", group = "size", strata = "grade3", weights = "w"), "coxph(weights, robust)$rscore, Breslow", list(chisq = unname(b2$rscore), df = 2, p = pchisq(unname(b2$rscore), 2, lower.tail = FALSE)))
