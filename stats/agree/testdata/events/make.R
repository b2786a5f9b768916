# Cases of times to events and of imputation that came later: run  Rscript make.R  in this folder. The helper functions are those of ../lib.R.
# Data: survival::kidney, survival::rats, survival::lung, survival::rotterdam (LGPL-2+), datasets::infert (GPL-2 or GPL-3), as Debian 12 ships them; body.csv is drawn here.
suppressWarnings(suppressMessages({library(jsonlite); library(survival); library(cmprsk); library(mice); library(MASS)}))
source("../lib.R")
P <- function(df, name) put(df, name, "R", "x", "")
vec <- function(x) as.list(unname(x)); mat <- function(m) unname(lapply(seq_len(nrow(m)), function(i) vec(m[i, ])))
wald <- function(b, se) list(coef = vec(b), se = vec(se), p = vec(2 * pnorm(-abs(b / se))), wald_lower = vec(b - qnorm(.975) * se), wald_upper = vec(b + qnorm(.975) * se))
cc <- coxph.control(eps = 1e-11, iter.max = 200, toler.chol = 1e-14)

# --- shared gamma frailty: coxph with a fixed variance, whose integrated likelihood is maximized over the variance here (coxph itself stops at four digits) ------
frail <- function(id, data, rhs, group, spec, ties = "efron") { d <- get_data(data); g <- factor(d[[group]]); f <- as.formula(paste("Surv(time, status) ~", rhs, "+ frailty(gg, theta = th, sparse = FALSE)")); d$gg <- g; dd <- tapply(d$status, g, sum)
  fit <- function(th) { environment(f) <- environment(); coxph(f, d, ties = ties, control = cc) }
  il <- function(th) { m <- fit(th); nu <- 1 / th; k <- length(coef(m)) - nlevels(g); m$loglik[2] + nu * sum(coef(m)[-seq_len(k)]) + sum(dd - (nu + dd) * log(nu + dd) + nu * log(nu) + lgamma(nu + dd) - lgamma(nu)) }
  # coxph's own penalized log-likelihood holds the penalty; its integrated one is the same sum
  dl <- function(lth) { th <- exp(lth); m <- fit(th); k <- length(coef(m)) - nlevels(g); b <- coef(m)[-seq_len(k)]; nu <- 1 / th; -nu * sum(b - exp(b) + 1 + log(nu) - log(nu + dd) + digamma(nu + dd) - digamma(nu)) }
  th <- exp(uniroot(dl, log(c(.02, 5)), tol = 1e-13)$root); m <- fit(th); k <- length(coef(m)) - nlevels(g); V <- m$var; b <- coef(m); plain <- coxph(as.formula(paste("Surv(time, status) ~", rhs)), d, ties = ties, control = cc); L <- il(th); x2 <- 2 * (L - plain$loglik[2])
  r <- coxph(as.formula(paste("Surv(time, status) ~", rhs, "+ frailty(gg)")), d, ties = ties); print(c(th, r$history[[1]]$theta, L, r$history[[1]]$c.loglik)); stopifnot(L >= r$history[[1]]$c.loglik - 1e-6, L - r$history[[1]]$c.loglik < .02)
  case(id, "cox_frailty", data, spec, "coxph(frailty(theta)); its integrated likelihood maximized", c(wald(b[seq_len(k)], sqrt(diag(V))[seq_len(k)]), list(variance = th, loglik = L, loglik_plain = plain$loglik[2], test = list(chisq = x2, p = pchisq(x2, 1, lower.tail = FALSE) / 2),
    groups = unname(lapply(seq_len(nlevels(g)), function(i) list(group = levels(g)[i], events = unname(dd[i]), frailty = unname(exp(b[k + i])), log_se = sqrt(diag(V))[k + i]))))), rel = 3e-6, abs = 1e-7) }
invisible(P(data.frame(id = kidney$id, time = kidney$time, status = kidney$status, age = kidney$age, female = as.integer(kidney$sex == 2)), "kidney")); invisible(P(local({ r <- rats[rats$sex == "f", ]; data.frame(litter = r$litter, time = r$time, status = r$status, rx = r$rx) }), "rats"))
frail("frailty-kidney", "kidney", "age + female", "id", list(formula = "Surv(time, status) ~ age + female + (1 | id)"))
frail("frailty-rats", "rats", "rx", "litter", list(time = "time", status = "status", predictors = "rx", group = "litter", ties = "breslow"), ties = "breslow")

# --- several causes, landmark ---------------------------------------------------------------
rot <- local({ p <- survival::rotterdam; set.seed(9); p <- p[sample(nrow(p), 700), ]; t <- ifelse(p$recur == 1, p$rtime, p$dtime) / 30.4375; P(data.frame(id = p$pid, months = round(t, 2) + rank(p$pid) * 1e-5, cause = ifelse(p$recur == 1, 1, ifelse(p$death == 1, 2, 0)), age = p$age, nodes = p$nodes, hormon = p$hormon, grade3 = as.integer(p$grade == 3), size = as.character(p$size)), "causes") })
one <- function(k, d = rot, rhs = "age + nodes + hormon") { m <- coxph(as.formula(paste0("Surv(months, cause == ", k, ") ~ ", rhs)), d, control = cc); s <- sqrt(diag(vcov(m))); c(list(cause = k, events = m$nevent, terms = vec(names(coef(m))), hr = vec(exp(coef(m)))), wald(coef(m), s)) }
case("cause-specific", "cause_specific", "causes", list(formula = "Surv(months, cause) ~ age + nodes + hormon"), "coxph for each cause", list(causes = list(one(1), one(2))))
late <- subset(rot, months > 24); late$months <- late$months - 24; m <- coxph(Surv(months, cause == 1) ~ age + hormon, late, control = cc)
case("landmark-causes", "cause_specific", "causes", list(formula = "Surv(months, cause) ~ age + hormon", landmark = 24), "coxph of subset(months > 24)", list(causes = list(one(1, late, "age + hormon"), one(2, late, "age + hormon"))))
d <- get_data("kidney"); d <- subset(d, time > 20); d$time <- d$time - 20; f <- survfit(Surv(time, status) ~ female, d, conf.type = "log-log"); s <- summary(f, times = c(30, 120)); x <- survdiff(Surv(time, status) ~ female, d)
case("landmark-logrank", "logrank", "kidney", list(formula = "Surv(time, status) ~ female", landmark = 20), "survdiff of subset(time > 20)", list(chisq = x$chisq, p = pchisq(x$chisq, 1, lower.tail = FALSE)))

# --- stratified Fine-Gray: the score and information of each stratum are crr's at given coefficients; their sums are solved here -------------------------
X <- c("age", "nodes", "hormon")
parts <- function(b, d, strat) lapply(split(d, d[[strat]]), function(s) { r <- crr(s$months, s$cause, s[, X], init = b, maxiter = 0, variance = TRUE); f <- function(b) { z <- crr(s$months, s$cause, s[, X], init = b, maxiter = 0, variance = FALSE); z$loglik }; list(r = r, f = f) })
fg <- function(id, strat, spec) { tot <- function(b) sum(sapply(parts(b, rot, strat), function(p) p$f(b))); w <- finegray(as.formula(paste("Surv(months, factor(cause, 0:2)) ~ age + nodes + hormon + id +", strat, "+ strata(", strat, ")")), rot, etype = "1", timefix = FALSE)
  m <- coxph(as.formula(paste("Surv(fgstart, fgstop, fgstatus) ~ age + nodes + hormon + strata(", strat, ")")), w, weights = fgwt, ties = "breslow", control = cc); b <- coef(m); p <- parts(b, rot, strat); inf <- Reduce(`+`, lapply(p, function(q) q$r$inf)); meat <- Reduce(`+`, lapply(p, function(q) q$r$inf %*% q$r$var %*% q$r$inf)); V <- solve(inf) %*% meat %*% solve(inf)
  stopifnot(max(abs(numDeriv::grad(tot, b))) < 1e-3)
  case(id, "fine_gray", "causes", spec, "finegray + coxph(strata); variance from crr of each stratum", c(wald(b, sqrt(diag(V))), list(terms = vec(X))), rel = 1e-5) }
fg("finegray-strata", "size", list(formula = "Surv(months, cause) ~ age + nodes + hormon + strata(size)"))

# --- exact ties -----------------------------------------------------------------------------
lung <- local({ l <- na.omit(survival::lung[, c("time", "status", "age", "sex", "ph.ecog")]); P(data.frame(quarter = ceiling(l$time / 91), died = l$status - 1, age = l$age, male = as.integer(l$sex == 1), ecog = l$ph.ecog), "quarters") })
ex <- function(id, data, form, spec) { d <- get_data(data); m <- coxph(form, d, ties = "exact", control = cc); b <- coef(m); case(id, "cox", data, spec, "coxph(ties = \"exact\")", c(wald(b, sqrt(diag(vcov(m)))), list(terms = vec(names(b)), hr = vec(exp(b)), loglik_null = m$loglik[1], loglik = m$loglik[2], lr_chisq = 2 * diff(m$loglik), score_chisq = m$score, vcov = mat(vcov(m)), n = m$n))) }
ex("cox-exact", "quarters", Surv(quarter, died) ~ age + male + ecog, list(formula = "Surv(quarter, died) ~ age + male + ecog", ties = "exact"))
inf <- P(data.frame(case = infert$case, spontaneous = infert$spontaneous, induced = infert$induced, set = infert$stratum, one = 1L), "infert")
ex("cox-exact-matched", "infert", Surv(one, case) ~ spontaneous + induced + strata(set), list(formula = "Surv(one, case) ~ spontaneous + induced + strata(set)", ties = "exact"))

# --- imputation -----------------------------------------------------------------------------
set.seed(21); mar <- local({ d <- rot; set.seed(4); lp <- plogis(-1.6 + .05 * (d$age - 55)); d$nodes[runif(nrow(d)) < lp] <- NA; d$grade3[runif(nrow(d)) < .2] <- NA; P(data.frame(months = d$months, recurred = as.integer(d$cause == 1), age = d$age, nodes = d$nodes, grade3 = d$grade3, hormon = d$hormon), "nodes_mar") })
pooled <- function(id, data, spec, imp, fits, keep = NULL, cc) { Q <- t(sapply(fits, function(f) f$b)); U <- t(sapply(fits, function(f) f$v)); b <- apply(Q, 2, var); m <- nrow(Q); tt <- colMeans(U) + (1 + 1 / m) * b
  case(id, "mice", data, spec, "mice(m=100, maxit=10)", list(terms = vec(spec$told), pooled = list(estimate = vec(colMeans(Q)), se = vec(sqrt(tt)), b = vec(b)), complete_case = cc), rel = NA, note = "by chance: four standard errors of the difference of two runs") }
d <- mar; d$grade3 <- factor(d$grade3); d$na <- nelsonaalen(d, months, recurred); pm <- make.predictorMatrix(d); pm[, "months"] <- 0; imp <- mice(d, m = 100, maxit = 10, seed = 7, predictorMatrix = pm, printFlag = FALSE)
form <- Surv(months, recurred) ~ age + nodes + grade3 + hormon; fits <- lapply(1:100, function(i) { f <- coxph(form, complete(imp, i)); list(b = coef(f), v = diag(vcov(f))) }); f <- coxph(form, d, control = cc)
sp <- list(model = "Surv(months, recurred) ~ age + nodes + grade3 + hormon", m = 100, maxit = 10)
mi <- function(id, data, spec, terms, fits, f, n) { m <- length(fits); Q <- t(sapply(fits, `[[`, "b")); U <- t(sapply(fits, `[[`, "v")); b <- apply(Q, 2, var); case(id, "mice", data, spec, paste0("mice(m = ", spec$m, ", maxit = ", spec$maxit, ")"), list(terms = vec(terms), pooled = list(estimate = vec(colMeans(Q)), se = vec(sqrt(colMeans(U) + (1 + 1 / m) * b)), b = vec(b)), complete_case = list(coef = vec(f$b), se = vec(sqrt(f$v)), n = n)), rel = NA, note = "by chance: four standard errors of the difference of two runs") }
mi("mice-cox", "nodes_mar", sp, c("age", "nodes", "grade31", "hormon1"), fits, list(b = coef(f), v = diag(vcov(f))), f$n)
set.seed(31); body <- local({ n <- 500; h <- round(rnorm(n, 1.7, .09), 3); w <- round(24 * h^2 + rnorm(n, 0, 9), 1); age <- round(rnorm(n, 60, 10)); score <- round(2 + .12 * w / h^2 + .03 * age + rnorm(n), 3); g <- cut(.1 * (w / h^2 - 24) + .04 * (age - 60) + rlogis(n), c(-Inf, -1, .5, Inf), labels = c("a", "b", "c")); miss <- plogis(-1.2 + .04 * (age - 60)); w[runif(n) < miss] <- NA; h[runif(n) < .12] <- NA
  P(data.frame(height = h, weight = w, age = age, score = score, grade = as.character(g)), "body") })
d <- body; d$bmi <- d$weight / d$height^2; d <- d[, c("score", "age", "weight", "height", "bmi")]; meth <- make.method(d); meth["bmi"] <- "~ I(weight / height^2)"; pm <- make.predictorMatrix(d); pm[c("weight", "height"), "bmi"] <- 0; imp <- mice(d, m = 100, maxit = 10, method = meth, predictorMatrix = pm, seed = 3, printFlag = FALSE)
fits <- lapply(1:100, function(i) { f <- lm(score ~ age + bmi, complete(imp, i)); list(b = coef(f), v = diag(vcov(f))) }); f <- lm(score ~ age + bmi, d)
mi("mice-passive", "body", list(model = "score ~ age + bmi", passive = list(bmi = "weight / height^2"), m = 100, maxit = 10), c("(Intercept)", "age", "bmi"), fits, list(b = coef(f), v = diag(vcov(f))), nobs(f))
d <- body; d$grade <- factor(d$grade); imp <- mice(d[, c("grade", "age", "weight")], m = 100, maxit = 10, seed = 5, printFlag = FALSE)
pol <- function(d) { f <- ordinal::clm(grade ~ age + weight, data = d, control = list(gradTol = 1e-10)); list(b = coef(f), v = diag(vcov(f)), n = nobs(f)) }
fits <- lapply(1:100, function(i) pol(complete(imp, i))); f <- pol(na.omit(d[, c("grade", "age", "weight")]))
mi("mice-ordinal", "body", list(model = "grade ~ age + weight (ordinal)", order = c("a", "b", "c"), m = 100, maxit = 10), c("a|b", "b|c", "age", "weight"), fits, f, f$n)

# --- interval-censored ----------------------------------------------------------------------
set.seed(41); iv <- P(local({ n <- 300; x <- round(rnorm(n), 2); arm <- rbinom(n, 1, .5); t <- 20 * (rexp(n) / exp(.5 * x - .6 * arm))^(1 / 1.4); v <- 6; lo <- floor(t / v) * v; up <- lo + v; far <- lo >= 48; up[far] <- NA; lo[far] <- 48; ex <- runif(n) < .15 & !far; lo[ex] <- up[ex] <- round(t[ex], 2); lo[lo == 0 & runif(n) < .5] <- NA; data.frame(last_free = lo, first_seen = up, x = x, arm = arm) }), "visits_between")
d <- iv; d$lo <- ifelse(is.na(d$last_free) | d$last_free == 0, NA, d$last_free); m <- survreg(Surv(lo, first_seen, type = "interval2") ~ x + arm, d, dist = "weibull", control = survreg.control(rel.tolerance = 1e-14, maxiter = 200)); V <- vcov(m); b <- coef(m); k <- length(b); s <- m$scale; J <- cbind(diag(-1 / s, k), b / s); H <- J %*% V %*% t(J)
case("interval-weibull", "interval_censored", "visits_between", list(formula = "~ x + arm", lower = "last_free", upper = "first_seen"), "survreg(Surv(type = \"interval2\")); hazard ratios by the delta method", c(wald(-b[-1] / s, sqrt(diag(H))[-1]), list(hr = vec(exp(-b[-1] / s)), log_time = vec(b), log_time_se = vec(sqrt(diag(V))[1:k]), shape = 1 / s, log_shape_se = sqrt(V[k + 1, k + 1]), loglik = m$loglik[2], n = nrow(d))), rel = 2e-6)

# --- intervals without a model: the likelihood climbed by EM until its gradient vanishes (survfit's stops earlier), and Sun's scores, from the definition -------------------
# Masses lie on the cells between all ends; of those that say the same to every row, survfit's innermost one has it.
npmle <- function(lo, up) { lo[is.na(lo)] <- 0; up[is.na(up)] <- Inf; ex <- lo == up; e <- sort(unique(c(lo, up))); a <- b <- NULL
  L <- rbind(cbind(lo[!ex], 1), cbind(lo[ex], -1)); L <- unique(L); o <- rbind(cbind(L, TRUE), cbind(unique(up), 0, FALSE)); o <- o[order(o[, 1], o[, 2]), ]; k <- which(o[-nrow(o), 3] == 1 & o[-1, 3] == 0); a <- o[k, 1]; at <- o[k, 2]; b <- o[k + 1, 1]
  A <- outer(seq_along(lo), seq_along(a), Vectorize(function(i, j) if (at[j] == -1) (ex[i] && lo[i] == a[j]) || (!ex[i] && lo[i] < a[j] && a[j] <= up[i]) else !ex[i] && lo[i] <= a[j] && b[j] <= up[i])); p <- rep(1 / length(a), length(a))
  for (it in 1:200000) { g <- colSums(A / c(A %*% p)); if (max(g) - nrow(A) < 1e-8 * nrow(A)) break; p <- p * g / nrow(A) }; list(a = a, b = b, p = p, A = A, loglik = sum(log(A %*% p))) }
left <- function(m, t) c(1 - sum(m$p[m$a < t | m$b <= t]), 1 - sum(m$p[m$b <= t]))
told <- function(m, label, at, n, ex) { k <- m$p > 1e-9; list(group = label, n = n, exact = ex, loglik = m$loglik, at = lapply(at, function(t) { s <- left(m, t); list(time = t, least = s[1], most = s[2]) })) }
d <- iv; ex <- !is.na(d$last_free) & !is.na(d$first_seen) & d$last_free == d$first_seen; at <- c(10, 18, 30, 45); all <- npmle(d$last_free, d$first_seen); by <- lapply(0:1, function(k) npmle(d$last_free[d$arm == k], d$first_seen[d$arm == k]))
for (k in 0:1) { dd <- d[d$arm == k, ]; f <- survfit(Surv(ifelse(is.na(last_free) | last_free == 0, NA, last_free), first_seen, type = "interval2") ~ 1, dd); stopifnot(max(abs(summary(f, times = c(18, 30))$surv - sapply(c(18, 30), function(t) left(by[[k + 1]], t)[2]))) < 2e-3) }
S <- c(1, 1 - cumsum(all$p)); H <- c(0, cumsum(all$p / pmax(S[-length(S)], 1e-300))); first <- apply(all$A, 1, function(x) min(which(x))); end <- apply(all$A, 1, function(x) max(which(x))) + 1; S <- pmax(S, 0)
sc <- (S[end] * H[end] - S[first] * H[first]) / (S[first] - S[end]); s2 <- var(sc); x2 <- sum(sapply(0:1, function(k) sum(sc[d$arm == k])^2 / sum(d$arm == k))) / s2
case("turnbull", "turnbull", "visits_between", list(lower = "last_free", upper = "first_seen", group = "arm", times = at), "EM from the definition; survfit(Surv(type = \"interval2\")) agrees to 2e-3", list(curves = lapply(0:1, function(k) told(by[[k + 1]], paste0("arm=", k), at, sum(d$arm == k), sum(ex[d$arm == k]))), logrank = list(groups = list("arm=0", "arm=1"), score = lapply(0:1, function(k) sum(sc[d$arm == k])), chisq = x2, df = 1, p = pchisq(x2, 1, lower.tail = FALSE))), rel = 1e-4, abs = 1e-5)

# --- imputation with centers: mice's 2l.pan, with centers' means; for two levels 2l.bin, of which mice's is a logit model by glmer and ours a probit model by Gibbs's sampler ------------
suppressMessages(library(lme4)); set.seed(29); ce <- P(local({ g <- rep(1:45, each = 14); n <- length(g); ux <- rnorm(45, 0, .7)[g]; uy <- rnorm(45, 0, .8)[g]; z <- round(rnorm(n), 3); x <- round(ux + .4 * z + rnorm(n), 3); f <- rbinom(n, 1, plogis(.5 * x + .6 * uy)); y <- round(1 + .5 * x - .4 * f + .3 * z + uy + rnorm(n), 3); x[runif(n) < plogis(-1.3 + .8 * (y - 1))] <- NA; f[runif(n) < .15] <- NA; data.frame(hospital = paste0("h", 100 + g), score = y, size = x, frail = f, age = z) }), "hospitals_mar")
d <- ce; d$hospital <- as.integer(factor(d$hospital)); d$frail <- factor(d$frail); ini <- mice(d, maxit = 0); pm <- ini$predictorMatrix; pm[, ] <- 0; pm["size", c("score", "frail", "age")] <- 3; pm["frail", c("score", "size", "age")] <- 1; pm[c("size", "frail"), "hospital"] <- -2; me <- c(hospital = "", score = "", size = "2l.pan", frail = "2l.bin", age = "")
two <- function(id, drop, spec, rhs) { d <- d[, setdiff(names(d), drop)]; pm <- pm[names(d), names(d)]; m <- spec$m; imp <- mice(d, m = m, maxit = spec$maxit, method = me[names(d)], predictorMatrix = pm, seed = 4, printFlag = FALSE)
  one <- function(x) { f <- lmer(as.formula(paste("score ~", rhs, "+ (1 | hospital)")), x); list(b = fixef(f), v = diag(as.matrix(vcov(f))), n = nobs(f)) }; fits <- lapply(1:m, function(i) one(complete(imp, i))); mi(id, "hospitals_mar", spec, names(fits[[1]]$b), fits, one(d), one(d)$n) }
two("mice-centers", "frail", list(model = "score ~ size + age + (1 | hospital) (linear)", m = 100, maxit = 10), "size + age")
two("mice-centers-binary", character(0), list(model = "score ~ size + frail + age + (1 | hospital) (linear)", center = "hospital", m = 30, maxit = 5), "size + frail + age")
