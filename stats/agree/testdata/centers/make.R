# Cases of models of patients within centers: run  Rscript make.R  in this folder. The helper functions are those of ../lib.R.
# Data: lme4::sleepstudy, lme4::grouseticks, lme4::cbpp (GPL-2+), ordinal::wine (GPL-2+), survival::kidney, survival::rats (LGPL-2+), as Debian 12 ships them.
# lmerTest 3.1-3, glmmTMB 1.1.5, ordinal 2022.11-16, pbkrtest 0.5.2. Optimizers are set as tight as they go; the likelihoods are those that the packages define.
suppressWarnings(suppressMessages({library(jsonlite); library(lme4); library(lmerTest); library(glmmTMB); library(ordinal); library(survival)}))
source("../lib.R")
P <- function(df, name) put(df, name, "R", "x", "")
vec <- function(x) as.list(unname(x))
mat <- function(m) unname(lapply(seq_len(nrow(m)), function(i) vec(m[i, ])))
wald <- function(b, se) list(coef = vec(b), se = vec(se), statistic = vec(b / se), p = vec(2 * pnorm(-abs(b / se))), wald_lower = vec(b - qnorm(.975) * se), wald_upper = vec(b + qnorm(.975) * se))
random <- function(V) list(sd = vec(sqrt(diag(V))), covariance = mat(V), correlation = mat(cov2cor(V)))

# --- linear, random slopes ------------------------------------------------------------------
# lmer's own optimum is polished by Newton steps on its deviance function, whose optimizer stops at about 1e-5.
polish <- function(form, d, REML = TRUE) { m <- suppressWarnings(suppressMessages(lme4::lmer(form, d, REML = REML))); f <- lme4::lmer(form, d, REML = REML, devFunOnly = TRUE); th <- getME(m, "theta"); for (i in 1:8) th <- th - solve(numDeriv::hessian(f, th), numDeriv::grad(f, th))
  environment(form) <- environment(); eval(bquote(lme4::lmer(.(form), d, REML = .(REML), start = .(unname(th)), control = lmerControl(optimizer = NULL, calc.derivs = FALSE, check.conv.singular = "ignore")))) }
lmmcase <- function(id, data, form, spec, abs = 1e-8, rel = 2e-6) { d <- get_data(data); out <- list()
  for (k in c("reml", "ml")) { m <- polish(form, d, k == "reml"); b <- fixef(m); se <- sqrt(diag(as.matrix(vcov(m)))); V <- as.matrix(VarCorr(m)[[1]]); re <- ranef(m, condVar = TRUE)[[1]]; pv <- attr(re, "postVar")
    out[[k]] <- c(list(terms = vec(names(b))), wald(b, se), list(var_residual = sigma(m)^2, criterion = if (k == "reml") REMLcrit(m) else as.numeric(-2 * logLik(m)), random = random(V),
      groups = list(group = vec(rownames(re)), effect = mat(as.matrix(re)), se = unname(lapply(seq_len(nrow(re)), function(i) vec(sqrt(diag(as.matrix(pv[, , i]))))))))) 
    if (k == "reml") keep <- m }
  s <- coef(summary(as_lmerModLmerTest(keep))); q <- qt(.975, s[, "df"])
  out$satterthwaite <- list(df = vec(s[, "df"]), statistic = vec(s[, "t value"]), p = vec(s[, "Pr(>|t|)"]), lower = vec(s[, 1] - q * s[, 2]), upper = vec(s[, 1] + q * s[, 2]))
  case(id, "linear_mixed", data, spec, paste("lmer, lmerTest:", deparse1(form)), out, rel = rel, abs = abs, note = "deviance polished by Newton steps; df by lmerTest from numeric derivatives") }
invisible(P(data.frame(reaction = sleepstudy$Reaction, days = sleepstudy$Days, subject = as.character(sleepstudy$Subject)), "sleep_slopes"))
set.seed(11); sites <- local({ g <- rep(1:14, times = c(3, 5, 8, 4, 12, 6, 9, 2, 7, 10, 5, 4, 11, 6)); n <- length(g); x <- round(rnorm(n, 50, 9), 1); arm <- as.integer((seq_len(n) * 7) %% 3 == 0); b0 <- rnorm(14, 0, 3); b1 <- rnorm(14, 0, .12)
  data.frame(score = round(20 + 2 * arm + .3 * x + b0[g] + b1[g] * (x - 50) + rnorm(n, 0, 4), 2), x = x, arm = arm, center = paste0("c", sprintf("%02d", g))) }); invisible(P(sites, "sites"))
lmmcase("slopes-sleep", "sleep_slopes", reaction ~ days + (1 + days | subject), list(formula = "reaction ~ days + (1 + days | subject)"))
lmmcase("slopes-sites", "sites", score ~ arm + x + (1 + arm | center), list(outcome = "score", predictors = c("arm", "x"), group = "center", slopes = "arm"))
m <- polish(score ~ arm + x + (1 | center), get_data("sites")); s <- coef(summary(as_lmerModLmerTest(m))); q <- qt(.975, s[, "df"])
case("satterthwaite-sites", "linear_mixed", "sites", list(formula = "score ~ arm + x + (1 | center)"), "lmerTest", list(satterthwaite = list(df = vec(s[, "df"]), statistic = vec(s[, "t value"]), p = vec(s[, "Pr(>|t|)"]), lower = vec(s[, 1] - q * s[, 2]), upper = vec(s[, 1] + q * s[, 2]))), rel = 2e-6)

# --- generalized ----------------------------------------------------------------------------
ctl <- glmmTMBControl(optCtrl = list(iter.max = 1e4, eval.max = 1e4, rel.tol = 1e-15, x.tol = 1e-12))
tight <- function(m) { # Newton steps on TMB's exact gradient, beyond where nlminb stops
  o <- m$obj; p <- m$fit$par; for (i in 1:6) p <- p - solve(numDeriv::jacobian(o$gr, p), c(o$gr(p))); f <- o$fn(p); H <- numDeriv::jacobian(o$gr, p); V <- solve(H); k <- names(p) == "beta"
  r <- o$env$last.par; u <- r[names(r) == "b"]; list(par = p, loglik = -f, b = unname(p[k]), se = unname(sqrt(diag(V)[k])), theta = unname(p[names(p) == "theta"]), disp = unname(p[names(p) == "betad"])) }
sigmaOf <- function(theta) { if (length(theta) == 1) return(matrix(exp(2 * theta))); q <- 2; sd <- exp(theta[1:2]); L <- diag(2); L[2, 1] <- theta[3]; C <- L %*% t(L); C <- cov2cor(C); diag(sd) %*% C %*% diag(sd) }
tmb <- function(id, method, data, form, family, spec, more = function(t) list(), rel = 2e-6) { d <- get_data(data); m <- suppressWarnings(glmmTMB(form, d, family = family, control = ctl)); t <- tight(m)
  case(id, method, data, spec, paste("glmmTMB:", deparse1(form)), c(wald(t$b, t$se), list(loglik = t$loglik, random = random(sigmaOf(t$theta)), n = nrow(d)), more(t)), rel = rel, abs = 1e-8, note = "Laplace; optimum polished by Newton steps on TMB's gradient") }
invisible(P(local({ g <- grouseticks; data.frame(ticks = g$TICKS, year = as.integer(as.character(g$YEAR)), since = as.integer(as.character(g$YEAR)) - 95L, height = g$HEIGHT, brood = as.character(g$BROOD), location = as.character(g$LOCATION)) }), "ticks"))
invisible(P(local({ c <- cbpp; o <- NULL; for (i in seq_len(nrow(c))) o <- rbind(o, data.frame(herd = as.character(c$herd[i]), period = as.integer(c$period[i]), sick = rep(1:0, c(c$incidence[i], c$size[i] - c$incidence[i])))); o }), "herds"))
tmb("count-poisson", "count_mixed", "ticks", ticks ~ height + factor(year) + (1 | location), poisson, list(formula = "ticks ~ height + factor(year) + (1 | location)"))
tmb("count-poisson-slope", "count_mixed", "ticks", ticks ~ since + (1 + since | location), poisson, list(formula = "ticks ~ since + (1 + since | location)"))
tmb("count-negbin", "count_mixed", "ticks", ticks ~ height + factor(year) + (1 | location), nbinom2, list(formula = "ticks ~ height + factor(year) + (1 | location)", family = "negative_binomial"), function(t) list(size = exp(t$disp)))
set.seed(5); invisible(P(local({ g <- rep(1:25, each = 16); x <- round(rnorm(400), 2); e <- round(runif(400, .5, 3), 2); b <- cbind(rnorm(25, 0, .6), rnorm(25, 0, .4)); eta <- -.6 + .5 * x + b[g, 1] + b[g, 2] * x; data.frame(center = g, x = x, years = e, events = rnbinom(400, size = 2.5, mu = e * exp(eta)), sick = rbinom(400, 1, plogis(eta)), grade = cut(eta + rlogis(400), c(-Inf, -1.5, 0, 1, Inf), labels = c("none", "I-II", "III", "IV-V"))) }), "effects"))
tmb("count-rate", "count_mixed", "effects", events ~ x + offset(log(years)) + (1 + x | center), nbinom2, list(formula = "events ~ x + offset(log(years)) + (1 + x | center)", family = "negative_binomial"), function(t) list(size = exp(t$disp)))
tmb("logistic-slope", "logistic_mixed", "effects", sick ~ x + (1 + x | center), binomial, list(formula = "sick ~ x + (1 + x | center)"))

# --- ordinal --------------------------------------------------------------------------------
clmmcase <- function(id, data, form, order, spec, rel = 1e-5) { d <- get_data(data); d$grade <- factor(d$grade, levels = order); m <- suppressWarnings(clmm(form, data = d, Hess = FALSE, control = clmm.control(gradTol = 1e-9, maxIter = 500, innerCtrl = "noWarn")))
  k <- length(order) - 1; nb <- length(coef(m)) - k
  list(m = m, d = d) }
ordlik <- function(y, X, Z, g, q, K) { # -2 log-likelihood of a cumulative logit model with normal effects by Laplace's approximation, from the definition; par: thresholds, beta, lower Cholesky factor
  function(par) { tau <- c(-Inf, par[seq_len(K - 1)], Inf); b <- par[K - 1 + seq_len(ncol(X))]; L <- matrix(0, q, q); L[upper.tri(L, TRUE)] <- par[-seq_len(K - 1 + ncol(X))]; L <- t(L); total <- 0
    for (k in unique(g)) { i <- g == k; lin <- X[i, , drop = FALSE] %*% b; A <- Z[i, , drop = FALSE] %*% L; u <- rep(0, q); hi <- tau[y[i] + 1]; lo <- tau[y[i]]
      for (it in 1:60) { e <- c(lin + A %*% u); Fh <- plogis(hi - e); Fl <- plogis(lo - e); p <- Fh - Fl; fh <- Fh * (1 - Fh); fl <- Fl * (1 - Fl); d1 <- -(fh - fl) / p; gh <- fh * (1 - 2 * Fh); gl <- fl * (1 - 2 * Fl); d2 <- (gh - gl) / p - d1^2
        H <- diag(q) + t(A) %*% (-d2 * A); s <- solve(H, c(t(A) %*% d1) - u); u <- u + s; if (max(abs(s)) < 1e-13) break }
      e <- c(lin + A %*% u); total <- total + sum(log(plogis(hi - e) - plogis(lo - e))) - sum(u^2) / 2 - as.numeric(determinant(H)$modulus) / 2 }
    -total } }
ordcase <- function(id, data, order, rhs, zname, group, spec, rel = 2e-6) { d <- get_data(data); y <- match(d$grade, order); X <- model.matrix(rhs, d)[, -1, drop = FALSE]; Z <- if (is.null(zname)) matrix(1, nrow(d), 1) else cbind(1, d[[zname]]); q <- ncol(Z); K <- length(order)
  f <- ordlik(y, X, Z, d[[group]], q, K); cum <- cumsum(table(y))[seq_len(K - 1)] / nrow(d); p <- c(qlogis(cum), rep(0, ncol(X)), if (q == 1) .5 else c(.5, 0, .5)); safe <- function(p) { if (is.unsorted(p[seq_len(K - 1)], strictly = TRUE) || max(abs(p)) > 20) return(1e5); v <- tryCatch(f(p), error = function(e) NaN); if (is.finite(v)) v else 1e5 }; p <- optim(p, safe, control = list(maxit = 4000))$par; p <- optim(p, safe, method = "BFGS", control = list(maxit = 500, reltol = 1e-12))$par
  for (i in 1:5) p <- p - solve(numDeriv::hessian(f, p), numDeriv::grad(f, p)); V <- solve(numDeriv::hessian(f, p)); se <- sqrt(diag(V)); j <- K - 1 + seq_len(ncol(X)); L <- matrix(0, q, q); L[upper.tri(L, TRUE)] <- p[-seq_len(K - 1 + ncol(X))]; L <- t(L)
  case(id, "ordinal_mixed", data, spec, "Laplace from the definition (make.R); clmm agrees to the digits it reaches", c(wald(p[j], se[j]), list(thresholds = vec(p[seq_len(K - 1)]), threshold_se = vec(se[seq_len(K - 1)]), loglik = -f(p), random = random(L %*% t(L)))), rel = rel, abs = 1e-8)
  p }
ord <- c("none", "I-II", "III", "IV-V")
p <- ordcase("ordinal-centers", "effects", ord, ~ x, NULL, "center", list(formula = "grade ~ x + (1 | center)", order = ord)); m <- clmmcase("", "effects", grade ~ x + (1 | center), ord)$m; stopifnot(max(abs(coef(m) - p[1:4])) < 1e-4)
invisible(ordcase("ordinal-slopes", "effects", ord, ~ x + years, "x", "center", list(formula = "grade ~ x + years + (1 + x | center)", order = ord)))

# --- ranks ----------------------------------------------------------------------------------
ranks <- function(m, s, level = .95) { G <- length(m); out <- lapply(seq_len(G), function(i) { pr <- sapply(seq_len(G), function(r) integrate(Vectorize(function(x) { c0 <- 1; for (j in setdiff(seq_len(G), i)) { b <- pnorm((x - m[j]) / s[j]); c0 <- c(c0 * (1 - b), 0) + c(0, c0 * b) }; c0[r] * dnorm(x, m[i], s[i]) }), m[i] - 8.5 * s[i], m[i] + 8.5 * s[i], rel.tol = 1e-10, abs.tol = 1e-13, subdivisions = 2000)$value)
  cum <- cumsum(pr); list(e = sum(pr * seq_len(G)), lo = which(cum > (1 - level) / 2)[1], hi = G + 1 - which(cumsum(rev(pr)) > (1 - level) / 2)[1], first = pr[1], last = pr[G]) }); out }
rankcase <- function(id, data, spec, fit, mean, se, label, n, ev = NULL) { r <- ranks(mean, se); o <- order(mean); z <- qnorm(.975)
  case(id, "center_ranks", data, spec, fit, list(centers = unname(lapply(o, function(i) c(list(center = label[i], n = n[i]), if (!is.null(ev)) list(events = ev[i]), list(estimate = mean[i], se = se[i], lower = mean[i] - z * se[i], upper = mean[i] + z * se[i], rank = r[[i]]$e, rank_lower = r[[i]]$lo, rank_upper = r[[i]]$hi, p_first = r[[i]]$first, p_last = r[[i]]$last))))), rel = 5e-6, abs = 1e-7) }
d <- get_data("sites"); m <- polish(score ~ arm + x + (1 | center), d); re <- ranef(m, condVar = TRUE)[[1]]; rankcase("ranks-linear", "sites", list(formula = "score ~ arm + x + (1 | center)", family = "gaussian"), "lmer, ranef(condVar); ranks by integrate", re[, 1], sqrt(attr(re, "postVar")[1, 1, ]), rownames(re), as.vector(table(d$center)))
d <- get_data("herds"); m <- glmmTMB(sick ~ factor(period) + (1 | herd), d, family = binomial, control = ctl); t <- tight(m); o <- m$obj; invisible(o$fn(t$par)); l <- o$env$last.par; sdv <- exp(t$theta)
b <- unname(l[names(l) == "b"]); eta <- c(model.matrix(~ factor(period), d) %*% t$b) + b[as.integer(factor(d$herd))]; w <- plogis(eta) * (1 - plogis(eta)); v <- 1 / (1 / sdv^2 + tapply(w, factor(d$herd), sum))
rankcase("ranks-herds", "herds", list(formula = "sick ~ factor(period) + (1 | herd)"), "glmmTMB; ranks by integrate", b, sqrt(as.vector(v)), levels(factor(d$herd)), as.vector(table(factor(d$herd))), as.vector(tapply(d$sick, factor(d$herd), sum)))
