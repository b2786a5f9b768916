# Cases of methods that came later: run  Rscript make.R  in this folder. The helper functions are those of ../lib.R.
# Data: survival::rotterdam, survival::veteran, survival::lung (LGPL-2+), MASS::birthwt, MASS::housing, nnet (GPL-2 or GPL-3), as Debian 12 ships them.
suppressWarnings(suppressMessages({library(jsonlite); library(survival); library(MASS); library(sandwich); library(nnet); library(ordinal); library(geepack)}))
source("../lib.R")
P <- function(df, name) put(df, name, "R", "x", "")
tt <- glm.control(epsilon = 1e-14, maxit = 100)
rot <- local({p <- survival::rotterdam; set.seed(3); p <- p[sample(nrow(p), 600), ]; P(data.frame(id = p$pid, time = round(p$rtime / 30.4375, 2), status = p$recur, age = p$age, grade3 = as.integer(p$grade == 3), nodes = p$nodes, pgr = p$pgr, hormon = p$hormon,
  crstatus = ifelse(p$recur == 1, 1, ifelse(p$death == 1, 2, 0)), crtime = round(ifelse(p$recur == 1, p$rtime, p$dtime) / 30.4375, 2), w = round(0.3 + 2 * (p$age %% 7) / 7, 3), size = as.character(p$size), untied = round(ifelse(p$recur == 1, p$rtime, p$dtime) / 30.4375, 2) + rank(p$pid) * 1e-5), "rotterdam")})

bw0 <- local({p <- MASS::birthwt; P(data.frame(id = seq_len(nrow(p)), low = p$low, age = p$age, lwt = p$lwt, race = c("white", "black", "other")[p$race], smoke = p$smoke, ht = p$ht, ui = p$ui, ftv = p$ftv, bwt = p$bwt), "birthwt0")})
invisible(local({p <- survival::pbc; P(data.frame(id = p$id, age = round(p$age, 2), bili = p$bili, stage = p$stage, chol = p$chol), "miss0")}))
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

# --- non-inferiority -----------------------------------------------------------------------
held <- function(x1, n1, x2, n2, p1of) { f <- function(p2) { p1 <- p1of(p2); -(dbinom(x1, n1, p1, TRUE) + dbinom(x2, n2, p2, TRUE)) }; f } # likelihood under the margin
score_rd <- function(x1, n1, x2, n2, d) { lo <- max(0, -d) + 1e-12; hi <- min(1, 1 - d) - 1e-12; p2 <- optimize(held(x1, n1, x2, n2, function(p) p + d), c(lo, hi), tol = 1e-14)$minimum
  g <- function(p) { p1 <- p + d; x1 / p1 - (n1 - x1) / (1 - p1) + x2 / p - (n2 - x2) / (1 - p) }; p2 <- uniroot(g, c(lo, hi), tol = 1e-15)$root; p1 <- p2 + d; (x1 / n1 - x2 / n2 - d) / sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) }
score_rr <- function(x1, n1, x2, n2, r) { hi <- min(1, 1 / r) - 1e-12; g <- function(p) { p1 <- p * r; x1 / p - r * (n1 - x1) / (1 - p1) + x2 / p - (n2 - x2) / (1 - p) }; p2 <- uniroot(g, c(1e-12, hi), tol = 1e-15)$root; p1 <- r * p2
  (x1 / n1 - r * x2 / n2) / sqrt(p1 * (1 - p1) / n1 + r^2 * p2 * (1 - p2) / n2) }
ab <- c(18, 120, 22, 118); z <- score_rd(18, 120, 22, 118, .08); nc <- two_by_two(18, 120, 22, 118)
case("ni-rd", "noninferiority", NULL, list(measure = "risk_difference", higher_is = "worse", margin = 0.08, a_n1_c_n0 = ab), "score test by constrained likelihood", list(estimate = 18 / 120 - 22 / 118, z = z, p = pnorm(z), intervals = list(newcombe = list(lower = nc$rd_newcombe[1], upper = nc$rd_newcombe[2])), noninferior = nc$rd_newcombe[2] < .08), rel = 1e-6)
z <- score_rd(101, 120, 95, 118, -.1); nc <- two_by_two(101, 120, 95, 118)
case("ni-rd-better", "noninferiority", NULL, list(measure = "risk_difference", margin = 0.1, higher_is = "better", a_n1_c_n0 = c(101, 120, 95, 118)), "score test", list(z = z, p = pnorm(z, lower.tail = FALSE), noninferior = nc$rd_newcombe[1] > -.1, superior = nc$rd_newcombe[1] > 0, p_superiority = chisq.test(matrix(c(101, 19, 95, 23), 2, byrow = TRUE), correct = FALSE)$p.value))
z <- score_rr(18, 120, 22, 118, 1.5); nc <- two_by_two(18, 120, 22, 118)
case("ni-rr", "noninferiority", NULL, list(measure = "risk_ratio", higher_is = "worse", margin = 1.5, a_n1_c_n0 = ab), "score test", list(estimate = nc$rr, z = z, p = pnorm(z), intervals = list(katz = list(lower = nc$rr_ci[1], upper = nc$rr_ci[2]))))
g <- summary(glm(cbind(c(18, 22), c(102, 96)) ~ c(1, 0), binomial, control = tt))$coef[2, ]; z <- (g[1] - log(1.8)) / g[2]
case("ni-or", "noninferiority", NULL, list(measure = "odds_ratio", higher_is = "worse", margin = 1.8, a_n1_c_n0 = ab, level = 0.9), "glm", list(estimate = unname(exp(g[1])), z = unname(z), p = unname(pnorm(z)), intervals = list(woolf = list(lower = unname(exp(g[1] - qnorm(.95) * g[2])), upper = unname(exp(g[1] + qnorm(.95) * g[2]))))))
cx <- summary(coxph(Surv(time, status) ~ hormon, rot, control = coxph.control(eps = 1e-11, toler.chol = 1e-12)))$coef; z <- (cx[1] - log(1.3)) / cx[3]
case("ni-hr", "noninferiority", "rotterdam", list(measure = "hazard_ratio", higher_is = "worse", margin = 1.3, treatment = "hormon", time = "time", status = "status"), "coxph", list(estimate = cx[2], z = z, p = pnorm(z), intervals = list(wald = list(lower = exp(cx[1] - qnorm(.975) * cx[3]), upper = exp(cx[1] + qnorm(.975) * cx[3])))))
bw <- get_data("birthwt0") ; t0 <- t.test(bwt ~ factor(smoke, c(1, 0)), bw); tm <- t.test(bwt ~ factor(smoke, c(1, 0)), bw, mu = -400, alternative = "greater")
case("ni-mean", "noninferiority", "birthwt0", list(measure = "mean_difference", margin = 400, higher_is = "better", treatment = "smoke", outcome = "bwt"), "t.test(mu = -margin)", list(estimate = unname(t0$estimate[1] - t0$estimate[2]), z = unname(tm$statistic), p = tm$p.value, intervals = list(welch = list(lower = t0$conf.int[1], upper = t0$conf.int[2]))))
nip <- function(p1, p0, m, pw, a) (qnorm(1 - a) + qnorm(pw))^2 * (p1 * (1 - p1) + p0 * (1 - p0)) / (m - (p1 - p0))^2
case("ni-size", "sample_size", NULL, list(ni_p1_p0_margin_power_alpha = list(c(.1, .1, .08, .9, .025), c(.12, .1, .1, .8, .05))), "formula", list(list(n_per_group = nip(.1, .1, .08, .9, .025)), list(n_per_group = nip(.12, .1, .1, .8, .05))))
case("ni-size-means", "sample_size", NULL, list(ni_delta_sd_margin_power_alpha = list(c(0, 10, 4, .9, .025))), "power.t.test(one.sided)", list(list(n_per_group = power.t.test(delta = 4, sd = 10, power = .9, sig.level = .025, alternative = "one.sided", tol = 1e-12)$n)))
case("ni-size-hr", "sample_size", NULL, list(ni_hr_margin_alloc_power_alpha_pevent = list(c(1, 1.3, .5, .8, .025, .4))), "Schoenfeld", {e <- (qnorm(.975) + qnorm(.8))^2 / (.25 * log(1.3)^2); list(list(events = e, n_total = e / .4))})

# --- ordinal and multinomial ---------------------------------------------------------------
hou <- local({p <- MASS::housing; l <- p[rep(seq_len(nrow(p)), p$Freq), ]; P(data.frame(sat = as.character(l$Sat), infl = as.character(l$Infl), type = as.character(l$Type), high = as.integer(l$Cont == "High")), "housing")})
hou$sat <- factor(hou$sat, c("Low", "Medium", "High")); f <- clm(sat ~ infl + type + high, data = hou, control = clm.control(gradTol = 1e-10)); free <- function(common, nominal) clm(common, nominal = nominal, data = hou, control = clm.control(gradTol = 1e-10)); lr <- function(g) as.numeric(2 * (logLik(g) - logLik(f))); sm <- summary(f)$coef; k <- 2; n0 <- clm(sat ~ 1, data = hou)
all0 <- clm(sat ~ 1, nominal = ~ infl + type + high, data = hou)
case("ordinal-housing", "ordinal", "housing", list(formula = "sat ~ infl + type + high", order = c("Low", "Medium", "High")), "clm, nominal",
  list(terms = vec(rownames(sm)[-(1:k)]), coef = vec(sm[-(1:k), 1]), se = vec(sm[-(1:k), 2]), statistic = vec(sm[-(1:k), 3]), p = vec(sm[-(1:k), 4]), thresholds = vec(sm[1:k, 1]), threshold_se = vec(sm[1:k, 2]), loglik = as.numeric(logLik(f)), loglik_null = as.numeric(logLik(n0)), aic = AIC(f), n = nrow(hou), counts = vec(table(hou$sat)),
    model = list(chisq = as.numeric(2 * (logLik(f) - logLik(n0))), df = 6), proportional_odds = list(infl = list(chisq = lr(free(sat ~ type + high, ~ infl)), df = 2), type = list(chisq = lr(free(sat ~ infl + high, ~ type)), df = 3), high = list(chisq = lr(free(sat ~ infl + type, ~ high)), df = 1), all = list(chisq = as.numeric(2 * (logLik(all0) - logLik(f))), df = 6))), rel = 2e-6)
bw$visits <- pmin(bw$ftv, 3); f <- clm(factor(visits) ~ age + lwt + smoke + ht, data = bw, control = clm.control(gradTol = 1e-10)); sm <- summary(f)$coef; invisible(P(bw[, c("visits", "age", "lwt", "smoke", "ht", "race", "bwt")], "visits"))
case("ordinal-numbers", "ordinal", "visits", list(outcome = "visits", predictors = c("age", "lwt", "smoke", "ht"), level = 0.9), "clm", list(terms = vec(rownames(sm)[-(1:3)]), coef = vec(sm[-(1:3), 1]), se = vec(sm[-(1:3), 2]), thresholds = vec(sm[1:3, 1]), wald_lower = vec(sm[-(1:3), 1] - qnorm(.95) * sm[-(1:3), 2]), loglik = as.numeric(logLik(f))), rel = 2e-6)
m <- multinom(sat ~ infl + high, hou, trace = FALSE, abstol = 1e-20, reltol = 1e-16, maxit = 2000, Hess = TRUE); sm <- summary(m)
case("multinomial-housing", "multinomial", "housing", list(formula = "sat ~ infl + high", order = c("Low", "Medium", "High")), "multinom", list(reference = "Low", categories = lapply(c(Medium = "Medium", High = "High"), function(k) list(terms = vec(colnames(sm$coefficients)), coef = vec(sm$coefficients[k, ]), se = vec(sm$standard.errors[k, ]))), loglik = as.numeric(logLik(m)), aic = AIC(m)), rel = 2e-5)

# --- Table 1, paired tests, several groups, several questions --------------------------------
bw <- get_data("birthwt0"); g3 <- split(bw, bw$race); q7 <- function(x, p) unname(quantile(x, p))
smd2 <- function(x, g) { l <- sort(unique(g)); m <- 0; for (i in seq_along(l)) for (j in seq_along(l)) if (i < j) m <- max(m, abs(smd_cont(x[g %in% l[c(i, j)]], as.integer(g[g %in% l[c(i, j)]] == l[j])))); m }
smdc <- function(x, g) { l <- sort(unique(g)); m <- 0; for (i in seq_along(l)) for (j in seq_along(l)) if (i < j) { k <- g %in% l[c(i, j)]; m <- max(m, smd_cat(factor(x)[k], as.integer(g[k] == l[j]))) }; m }
cells <- function(x, f) lapply(c(list(bw), g3[c("black", "other", "white")]), function(d) f(d[[x]]))
case("table-one", "table_one", "birthwt0", list(group = "race", variables = c("age", "lwt", "smoke", "ftv"), median = "lwt", categorical = "ftv", p = TRUE), "mean, quantile, oneway.test, kruskal.test, chisq.test, fisher.test",
  list(groups = unname(lapply(c(list(bw), g3[c("black", "other", "white")]), function(d) list(n = nrow(d)))), rows = c(list(
    list(variable = "age", kind = "mean", cells = unname(cells("age", function(x) list(n = length(x), mean = mean(x), sd = sd(x)))), smd = smd2(bw$age, bw$race), p = oneway.test(age ~ race, bw)$p.value, test = "welch_anova"),
    list(variable = "lwt", kind = "median", cells = unname(cells("lwt", function(x) list(n = length(x), median = median(x), q25 = q7(x, .25), q75 = q7(x, .75)))), p = kruskal.test(lwt ~ factor(race), bw)$p.value, test = "kruskal_wallis"),
    list(variable = "smoke", level = "1", cells = unname(cells("smoke", function(x) list(n = length(x), count = sum(x), share = mean(x)))), smd = smdc(bw$smoke, bw$race), p = chisq.test(table(bw$race, bw$smoke), correct = FALSE)$p.value, test = "chi_square")),
    {l <- sort(unique(bw$ftv)); pv <- fisher.test(table(bw$race, bw$ftv), workspace = 2e7)$p.value; lapply(seq_along(l), function(i) c(list(variable = "ftv", level = as.character(l[i]), cells = unname(cells("ftv", function(x) list(count = sum(x == l[i]), share = mean(x == l[i]))))), if (i == 1) list(p = pv, test = "fisher_exact", smd = smdc(bw$ftv, bw$race))))})))
sl <- P(local({p <- datasets::sleep; data.frame(id = 1:10, drug1 = p$extra[1:10], drug2 = p$extra[11:20], better1 = as.integer(p$extra[1:10] > .5), better2 = as.integer(p$extra[11:20] > .5))}), "sleep")
f <- t.test(sl$drug1, sl$drug2, paired = TRUE); case("paired-t", "paired_t", "sleep", list(first = "drug1", second = "drug2"), "t.test(paired)", list(n = 10, difference = unname(f$estimate), lower = f$conf.int[1], upper = f$conf.int[2], statistic = unname(f$statistic), df = unname(f$parameter), p = f$p.value))
tb <- table(sl$better1, sl$better2); b <- tb[1, 2]; cc <- tb[2, 1]; m1 <- mcnemar.test(tb); m0 <- mcnemar.test(tb, correct = FALSE)
case("mcnemar", "mcnemar", "sleep", list(first = "better1", second = "better2"), "mcnemar.test, binom.test", list(n = 10, no_yes = b, yes_no = cc, p_exact = binom.test(b, b + cc)$p.value, chi_square = list(chisq = unname(m0$statistic), p = m0$p.value), chi_square_corrected = list(chisq = unname(m1$statistic), p = m1$p.value)))
a <- anova(lm(bwt ~ race, bw)); o <- oneway.test(bwt ~ race, bw); case("anova", "anova", "birthwt0", list(y = "bwt", group = "race"), "anova(lm), oneway.test", list(classic = list(f = a$F[1], df1 = 2, df2 = 186, p = a$`Pr(>F)`[1]), welch = list(f = unname(o$statistic), df1 = unname(o$parameter[1]), df2 = unname(o$parameter[2]), p = o$p.value)))
pv <- c(.01, .04, .03, .2, .005, .04); case("adjust-p", "adjust_p", NULL, list(p = pv), "p.adjust", lapply(c(bonferroni = "bonferroni", holm = "holm", hochberg = "hochberg", bh = "BH", by = "BY"), function(m) vec(p.adjust(pv, m))))
# --- methods that had no case of their own ---------------------------------------------------
cc <- get_data("miss0") -> mi
case("complete-cases", "complete_cases", "miss0", list(variables = c("age", "bili", "stage")), "complete.cases", {k <- complete.cases(mi[, c("age", "bili", "stage")]); list(n = nrow(mi), complete = sum(k), dropped = sum(!k))})
suppressMessages(library(glmnet)); glmnet.control(epsnr = 1e-14, mxitnr = 200); X <- as.matrix(bw[, c("age", "lwt", "smoke", "ht")]); g <- glmnet(X, bw$low, "binomial", lambda = c(.08, .05, .02), thresh = 1e-14, maxit = 1e7)
case("penalized", "penalized_logistic", "birthwt0", list(outcome = "low", predictors = c("age", "lwt", "smoke", "ht"), lambda = c(.08, .05, .02), folds = 0), "glmnet", list(coef = unname(t(as.matrix(coef(g)))), dev_ratio = vec(g$dev.ratio)), rel = 1e-5, abs = 1e-7); glmnet.control(factory = TRUE)
f <- glm(low ~ age + lwt + smoke, binomial, bw, control = tt); p <- fitted(f); d <- P(data.frame(low = bw$low, risk = round(p, 8)), "risks"); cs <- coef(glm(d$low ~ qlogis(d$risk), binomial, control = tt)); ci <- coef(glm(d$low ~ offset(qlogis(d$risk)), binomial, control = tt)); nb <- function(t) mean(d$risk >= t & d$low == 1) - mean(d$risk >= t & d$low == 0) * t / (1 - t)
case("validation-given", "validation", "risks", list(outcome = "low", probability = "risk", thresholds = c(.2, .3, .4)), "glm on the logit, net benefit", list(apparent = list(c = as.numeric(pROC::auc(d$low, d$risk, quiet = TRUE)), intercept = unname(cs[1]), slope = unname(cs[2]), in_the_large = unname(ci), brier = mean((d$low - d$risk)^2)), decision_curve = lapply(c(.2, .3, .4), function(t) list(threshold = t, net_benefit = nb(t)))))
y <- c(12, 14, 11, 13, 15, 18, 19, 17, 16, 21, 14, 9, 13, 12, 22, 17, 16, 18, 20, 15); med <- median(y); s <- sign(y - med); s <- s[s != 0]; r <- rle(s)
P(data.frame(minutes = y), "minutes") -> mm; case("run-chart", "run_chart", "minutes", list(y = "minutes"), "rle around the median", list(median = med, useful = length(s), runs = length(r$lengths), longest_run = max(r$lengths), crossings = length(r$lengths) - 1, longest_allowed = round(log2(length(s)) + 3), crossings_allowed = qbinom(.05, length(s) - 1, .5)))

# --- standardization -----------------------------------------------------------------------
std <- function(f, d, v, a, b, rob = FALSE) { X <- model.matrix(f); d1 <- d; d0 <- d; d1[[v]] <- b; d0[[v]] <- a; tt0 <- delete.response(terms(f)); X1 <- model.matrix(tt0, d1, xlev = f$xlevels); X0 <- model.matrix(tt0, d0, xlev = f$xlevels); bb <- coef(f); p1 <- plogis(X1 %*% bb)[, 1]; p0 <- plogis(X0 %*% bb)[, 1]; g1 <- colMeans(p1 * (1 - p1) * X1); g0 <- colMeans(p0 * (1 - p0) * X0); V <- vcov(f); n <- nrow(d)
  if (rob) { r <- f$y - fitted(f); i1 <- (p1 - mean(p1)) / n + (X %*% V %*% g1)[, 1] * r; i0 <- (p0 - mean(p0)) / n + (X %*% V %*% g0)[, 1] * r; S <- crossprod(cbind(i0, i1)) } else { G <- rbind(g0, g1); S <- G %*% V %*% t(G) }
  r1 <- mean(p1); r0 <- mean(p0); se <- sqrt(S[1, 1] + S[2, 2] - 2 * S[1, 2]); ls <- sqrt(S[1, 1] / r0^2 + S[2, 2] / r1^2 - 2 * S[1, 2] / (r0 * r1)); z <- qnorm(.975)
  list(n = n, risk1 = list(estimate = r1, se = sqrt(S[2, 2])), risk0 = list(estimate = r0, se = sqrt(S[1, 1])), risk_difference = list(estimate = r1 - r0, se = se, lower = r1 - r0 - z * se, upper = r1 - r0 + z * se), risk_ratio = list(estimate = r1 / r0, se = ls, lower = r1 / r0 * exp(-z * ls), upper = r1 / r0 * exp(z * ls)), nnt = -1 / (r1 - r0)) }
f <- glm(low ~ smoke * age + race + ht, binomial, bw, control = tt); case("standardization", "standardization", "birthwt0", list(formula = "low ~ smoke*age + race + ht", treatment = "smoke"), "g-computation, delta method", std(f, bw, "smoke", 0, 1))
f <- glm(low ~ smoke + age + ht, binomial, bw, control = tt); p <- glm(low ~ smoke + age + ht, poisson, bw, control = tt); se <- sqrt(vcovHC(p, type = "HC0")["smoke", "smoke"]); b <- coef(p)["smoke"]
case("standardization-robust", "standardization", "birthwt0", list(outcome = "low", predictors = c("smoke", "age", "ht"), treatment = "smoke", errors = "robust"), "influence function; glm(poisson), sandwich", c(std(f, bw, "smoke", 0, 1, TRUE), list(modified_poisson = list(risk_ratio = list(estimate = unname(exp(b)), se = se, lower = unname(exp(b - qnorm(.975) * se)), upper = unname(exp(b + qnorm(.975) * se)))))), rel = 2e-6)

# --- matching ------------------------------------------------------------------------------
# MatchIt 4.5.1 with exact, ratio or replace departs from the plain greedy rule (it takes a control at 0.0007 where one at 0 is free, and pairs beyond the caliper), so
# these cases are the rule itself, written out; Mahalanobis matching is MatchIt's.
suppressMessages(library(MatchIt)); bwj <- bw; bwj$id <- seq_len(nrow(bwj)); bwj$lwt <- bwj$lwt + ((bwj$id * 37) %% 101) / 103; bwj <- P(bwj[, c("id", "low", "age", "lwt", "ui", "ht", "smoke")], "birthwt_untied")
told <- function(id, spec, sets) { sets <- sets[order(sapply(sets, function(s) s$t))]; w <- numeric(nrow(bwj)); for (s in sets) { w[s$t] <- 1; w[s$c] <- w[s$c] + 1 / length(s$c) }; k <- bwj$smoke == 0; w[k] <- w[k] * sum(w[k] > 0) / sum(w[k])
  case(id, "matching", "birthwt_untied", c(list(treatment = "smoke", outcome = "low", covariates = c("age", "lwt", "ui"), id = "id", row_weights = TRUE), spec), "greedy rule in make.R, or MatchIt", list(matched_treated = length(sets), matched_controls = sum(w[k] > 0), sets = unname(lapply(sets, function(s) list(treated_id = s$t, control_ids = vec(s$c)))), difference = weighted.mean(bwj$low[!k], w[!k]) - weighted.mean(bwj$low[k], w[k]), row_weights = vec(w))) }
greedy <- function(d, ord, ratio = 1, replace = FALSE, caliper = Inf, exact = rep(1, nrow(bwj))) { tr <- which(bwj$smoke == 1); tr <- tr[if (ord == "largest") order(-d[tr]) else seq_along(tr)]; free <- bwj$smoke == 0; got <- lapply(tr, function(i) integer(0))
  for (r in seq_len(ratio)) for (j in seq_along(tr)) { if (length(got[[j]]) < r - 1) next; i <- tr[j]; can <- which(free & exact == exact[i] & abs(d - d[i]) <= caliper); can <- setdiff(can, got[[j]]); if (!length(can)) next; c1 <- can[which.min(abs(d[can] - d[i]))]; got[[j]] <- c(got[[j]], c1); if (!replace) free[c1] <- FALSE }
  Filter(function(s) length(s$c) > 0, lapply(seq_along(tr), function(j) list(t = tr[j], c = got[[j]]))) }
e <- fitted(glm(smoke ~ age + lwt + ui, binomial, bwj, control = tt))
told("match-ratio", list(ratio = 2, caliper_sd = "none", order = "largest"), greedy(e, "largest", ratio = 2))
told("match-replace", list(replace = TRUE, caliper_sd = 0.1, order = "data"), greedy(e, "data", replace = TRUE, caliper = .1 * sd(e)))
told("match-exact", list(exact = "ht", caliper_sd = "none", order = "largest"), greedy(e, "largest", exact = bwj$ht))
m <- matchit(smoke ~ age + lwt + ui, bwj, method = "nearest", distance = "mahalanobis", m.order = "data"); mx <- m$match.matrix
told("match-mahalanobis", list(distance = "mahalanobis", order = "data"), Filter(function(s) length(s$c) > 0, lapply(seq_len(nrow(mx)), function(i) list(t = as.integer(rownames(mx)[i]), c = as.integer(na.omit(mx[i, ]))))))

# --- full matching -------------------------------------------------------------------------
# Debian has no optmatch: the division of least distance is found by integer programming (lpSolve), weights are those of MatchIt 4.5.1 for given sets, the error that of lm clustered by set.
suppressMessages(library(lpSolve))
fullest <- function(d, ok, least = c(1, 1), most = c(Inf, Inf)) { p <- which(ok, arr.ind = TRUE); k <- nrow(p); r1 <- sort(unique(p[, 1])); r0 <- sort(unique(p[, 2])); i <- list(match(p[, 1], r1), match(p[, 2], r0)); con <- NULL; dir <- rhs <- NULL
  add <- function(rows, n, way, bound) { con <<- rbind(con, cbind(length(dir) + rows, seq_len(k), 1)); dir <<- c(dir, rep(way, n)); rhs <<- c(rhs, rep(bound, n)) }
  for (side in 1:2) { n <- length(list(r1, r0)[[side]]); add(i[[side]], n, ">=", least[side]); if (is.finite(most[side])) add(i[[side]], n, "<=", most[side]) }
  add(seq_len(k), k, "<=", 1); s <- lp("min", d[p], const.dir = dir, const.rhs = rhs, dense.const = con); stopifnot(s$status == 0); list(distance = s$objval, pairs = p[s$solution > .5, , drop = FALSE]) }
set.seed(19); fm <- P(local({ n <- 160; age <- round(rnorm(n, 60, 9), 3); volume <- round(rgamma(n, 4, .1), 3); ht <- rbinom(n, 1, .25); x <- rbinom(n, 1, plogis(-1.1 + .04 * (age - 60) + .02 * (volume - 40) + .4 * ht)); data.frame(id = 1000 + seq_len(n), endoscopic = x, relief = rbinom(n, 1, plogis(.8 - .03 * (age - 60) + .5 * x)), age = age, volume = volume, ht = ht) }), "volumes")
cov2 <- c("age", "volume"); t1 <- which(fm$endoscopic == 1); t0 <- which(fm$endoscopic == 0); e <- fitted(glm(endoscopic ~ age + volume, binomial, fm, control = tt))
apart <- abs(outer(e[t1], e[t0], "-")); Z <- local({ X <- as.matrix(fm[, cov2]); S <- crossprod(X - apply(X, 2, ave, fm$endoscopic)) / (nrow(X) - 2); X %*% solve(chol(S)) }); away <- sqrt(outer(Z[t1, 1], Z[t0, 1], "-")^2 + outer(Z[t1, 2], Z[t0, 2], "-")^2)
fully <- function(id, spec, d, ok = matrix(TRUE, nrow(d), ncol(d)), target = "ATT", ...) { m <- fullest(d, ok, ...); q <- cbind(t1[m$pairs[, 1]], t0[m$pairs[, 2]]); set <- rep(NA, nrow(fm)); for (k in seq_len(nrow(q))) { s <- na.omit(set[q[k, ]]); set[q[k, ]] <- if (length(s)) s[1] else k }
  set <- match(set, unique(na.omit(set))); n <- max(set, na.rm = TRUE); x <- fm$endoscopic; stopifnot(nrow(q) == sum(!is.na(set)) - n)
  w <- MatchIt:::weights.subclass(factor(set), x, target); fit <- lm(relief ~ endoscopic, fm, weights = w, subset = w > 0); se <- sqrt(vcovCL(fit, cluster = set[w > 0], type = "HC1")["endoscopic", "endoscopic"]); b <- unname(coef(fit)["endoscopic"]); g <- x == 1
  smd <- lapply(cov2, function(v) { y <- fm[[v]]; sp <- sqrt((var(y[g]) + var(y[!g])) / 2); list(covariate = v, smd_unweighted = (mean(y[g]) - mean(y[!g])) / sp, smd_weighted = (weighted.mean(y[g], w[g]) - weighted.mean(y[!g], w[!g])) / sp) })
  case(id, "matching", "volumes", c(list(treatment = "endoscopic", outcome = "relief", covariates = cov2, full = TRUE, distance = "mahalanobis", row_weights = TRUE), spec), "lpSolve::lp, MatchIt's weights, lm and vcovCL", list(sets_n = n, total_distance = m$distance, treated = length(t1), controls = length(t0), matched_treated = sum(x[!is.na(set)] == 1), matched_controls = sum(x[!is.na(set)] == 0),
    sets = lapply(seq_len(n), function(k) list(treated_ids = I(fm$id[which(set == k & g)]), control_ids = I(fm$id[which(set == k & !g)]))), difference = b, se = se, ci = I(b + c(-1, 1) * qnorm(.975) * se), p = 2 * pnorm(-abs(b / se)), balance = smd, row_weights = vec(unname(w)))) }
fully("match-full", list(), away)
fully("match-full-limits", list(min_controls = 0.5, max_controls = 4, target = "ate"), away, target = "ATE", most = c(4, 2))
fully("match-full-caliper", list(caliper_sd = 0.1, exact = "ht", target = "atc"), away, apart <= .1 * sd(e) & outer(fm$ht[t1], fm$ht[t0], "=="), "ATC")
fully("match-full-pairs", list(min_controls = 1, max_controls = 5), away, most = c(5, 1))
# on a score several divisions are equally good: what is compared is how good
scored <- function(id, spec, ...) case(id, "matching", "volumes", c(list(treatment = "endoscopic", outcome = "relief", covariates = cov2, full = TRUE), spec), "lpSolve::lp", list(total_distance = fullest(apart, ...)$distance))
scored("match-full-score", list(), matrix(TRUE, nrow(apart), ncol(apart))); scored("match-full-score-caliper", list(caliper_sd = 0.02), apart <= .02 * sd(e))
