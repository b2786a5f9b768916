# Further reference values on data that come with R (datasets, MASS, survival): run  Rscript more.R > more.json
# R 4.2.2, sandwich 3.0-2, MASS 7.3-58.2, pROC 1.18.0, survival 3.5-3. Fits are repeated from their own result, so that R's covariances
# (of the weights before the last step) are those at the maximum.
suppressWarnings(suppressMessages({library(jsonlite); library(MASS); library(sandwich); library(survival); library(pROC)}))
V <- function(M) unname(sqrt(diag(M)))
tight <- function(f, fam, d, trials = rep(1, nrow(d))) {
  environment(f) <- environment(); d$.trials <- trials
  g <- glm(f, fam, d, weights = .trials, epsilon = 1e-15, maxit = 200)
  for (i in 1:2) { b <- coef(g); g <- glm(f, fam, d, weights = .trials, epsilon = 1e-15, maxit = 200, start = b) }
  g
}
base <- function(f) { X <- model.matrix(f)
  list(terms = colnames(X), columns = unname(split(X, col(X))), y = unname(if (is.matrix(f$y)) f$y[, 1] else f$y),
       coef = unname(coef(f)), se = unname(sqrt(diag(vcov(f))))) }
glm_case <- function(f, cluster) c(base(f), list(offset = as.numeric(f$offset), weights = unname(f$prior.weights), deviance = deviance(f),
  null_deviance = f$null.deviance, loglik = as.numeric(logLik(f)), bic = BIC(f), hc0 = V(sandwich(f)), hc1 = V(vcovHC(f, "HC1")),
  hc2 = V(vcovHC(f, "HC2")), hc3 = V(vcovHC(f, "HC3")),
  cluster = as.integer(factor(cluster)), cr0 = V(vcovCL(f, cluster = cluster, type = "HC0", cadjust = FALSE)), cr1 = V(vcovCL(f, cluster = cluster, type = "HC1"))))
exact <- function(f, j, level, fam) { # profile limits by solving, not by a spline
  X <- model.matrix(f); o <- if (is.null(f$offset)) 0 else f$offset; q <- qchisq(level, 1); b <- coef(f)[j]; s <- sqrt(vcov(f)[j, j])
  g <- function(v) glm.fit(X[, -j, drop = FALSE], f$y, weights = f$prior.weights, offset = o + X[, j] * v, family = fam, control = list(epsilon = 1e-14, maxit = 200))$deviance - deviance(f) - q
  c(uniroot(g, c(b - 6 * s, b), tol = 1e-13)$root, uniroot(g, c(b, b + 6 * s), tol = 1e-13)$root)
}
out <- list()
inf <- tight(case ~ spontaneous + induced + age + parity, binomial, infert)
out$infert <- glm_case(inf, infert$education); out$infert$profile90 <- t(sapply(1:5, function(j) exact(inf, j, .90, binomial())))
out$infert$confint <- suppressMessages(unname(confint(inf, level = .9)))
r <- roc(infert$case, fitted(inf), direction = "<", quiet = TRUE); out$infert$c <- as.numeric(auc(r)); out$infert$c_se <- sqrt(var(r))
l <- qlogis(fitted(inf))
set.seed(3); p <- plogis(.7 * l + .2 + .3 * sin(seq_along(l))); cd <- data.frame(y = infert$case, lp = qlogis(p)); cal <- tight(y ~ lp, binomial, cd); big <- tight(y ~ offset(lp), binomial, cd)
out$calibration <- list(y = infert$case, p = p, intercept = unname(coef(cal)[1]), slope = unname(coef(cal)[2]), large = unname(coef(big)), se = unname(sqrt(diag(vcov(cal)))), large_se = sqrt(vcov(big)[1, 1]))
es <- esoph; es$total <- es$ncases + es$ncontrols; es <- es[es$total > 0, ]; es$alc <- as.integer(es$alcgp); es$tob <- as.integer(es$tobgp); es$agen <- as.integer(es$agegp)
out$esoph <- glm_case(tight(ncases / total ~ agen + alc + tob, binomial, es, es$total), es$agegp)
out$warpbreaks <- glm_case(tight(breaks ~ wool * tension, poisson, warpbreaks), rep(1:9, 6))
sh <- ships <- MASS::ships; sh <- sh[sh$service > 0, ]; sh$ls <- log(sh$service); wp <- tight(incidents ~ type + year + offset(ls), poisson, sh)
out$ships <- glm_case(wp, sh$type); out$ships$profile90 <- t(sapply(1:6, function(j) exact(wp, j, .90, poisson())))
lin <- function(f, cluster) { s <- summary(f); c(base2 <- list(terms = names(coef(f)), columns = unname(split(model.matrix(f), col(model.matrix(f)))), y = unname(model.response(model.frame(f))),
  weights = if (is.null(f$weights)) numeric(0) else f$weights, coef = unname(coef(f)), se = unname(s$coefficients[, 2]), p = unname(s$coefficients[, 4]), sigma = s$sigma, r2 = s$r.squared, adj = s$adj.r.squared, f = unname(s$fstatistic[1]),
  loglik = as.numeric(logLik(f)), bic = BIC(f), interval = unname(confint(f, level = .99)), hc0 = V(vcovHC(f, "HC0")), hc1 = V(vcovHC(f, "HC1")), hc2 = V(vcovHC(f, "HC2")), hc3 = V(vcovHC(f, "HC3"))),
  list(cluster = as.integer(factor(cluster)), cr0 = V(vcovCL(f, cluster = cluster, type = "HC0", cadjust = FALSE)), cr1 = V(vcovCL(f, cluster = cluster, type = "HC1")))) }
out$mtcars <- lin(lm(mpg ~ wt + hp + factor(gear), mtcars), mtcars$carb)
out$mtcars_weighted <- lin(lm(mpg ~ wt + hp, mtcars, weights = disp / 100), mtcars$cyl)
out$longley <- lin(lm(Employed ~ GNP + Unemployed + Population + Year, longley), rep(1:4, 4))
out$origin <- lin(lm(dist ~ 0 + speed, cars), cars$speed)
nb <- glm.nb(breaks ~ wool + tension, warpbreaks, control = glm.control(epsilon = 1e-15, maxit = 500))
mu <- fitted(nb); th <- nb$theta; for (i in 1:50) { # solve both equations, not in turns
  g <- glm(breaks ~ wool + tension, negative.binomial(th), warpbreaks, epsilon = 1e-15, maxit = 200); mu <- fitted(g); y <- warpbreaks$breaks
  s <- sum(digamma(th + y) - digamma(th) + log(th) + 1 - log(th + mu) - (y + th) / (mu + th)); i2 <- -sum(trigamma(th + y) - trigamma(th) + 1 / th - 2 / (mu + th) + (y + th) / (mu + th)^2); th <- th + s / i2 }
X <- model.matrix(nb)
out$negbin <- list(terms = colnames(X), columns = unname(split(X, col(X))), y = y, coef = unname(coef(g)), se = unname(sqrt(diag(solve(crossprod(X, X * (mu / (1 + mu / th))))))), theta = th, se_theta = 1 / sqrt(i2),
  loglik = sum(dnbinom(y, size = th, mu = mu, log = TRUE)), deviance = deviance(g))
cat(toJSON(out, digits = NA, auto_unbox = FALSE, matrix = "rowmajor"), "\n")
