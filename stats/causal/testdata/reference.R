# Writes reference.json: numbers beyond the cases of ../../agree/testdata, by R 4.2.2, MatchIt 4.5.1, numDeriv. Run here: Rscript reference.R
suppressMessages({library(MatchIt); library(jsonlite)})
la <- read.csv("../../agree/testdata/data/lalonde.csv"); bw <- read.csv("../../agree/testdata/data/birthwt.csv")
X <- c("age", "educ", "black", "hispan", "married", "nodegree", "re74", "re75"); n <- nrow(la)
f <- glm(reformulate(X, "treat"), binomial, la, epsilon = 1e-14, maxit = 100); M <- model.matrix(f)
W <- list("ATE" = function(e, t) ifelse(t == 1, 1 / e, 1 / (1 - e)), "ATT" = function(e, t) ifelse(t == 1, 1, e / (1 - e)),
          "ATC" = function(e, t) ifelse(t == 1, (1 - e) / e, 1), "overlap" = function(e, t) ifelse(t == 1, 1 - e, e))
wmean <- function(x, w) sum(w * x) / sum(w)
# M-estimation from its definition: psi stacks the score equations and both weighted means; the derivative is numeric (Richardson)
stacked <- function(target, y) {
  t <- la$treat; s <- apply(M, 2, function(x) max(abs(x)))
  psi <- function(th) { e <- plogis(as.vector(sweep(M, 2, s, "/") %*% th[1:9])); w <- W[[target]](e, t)
    cbind(sweep(M, 2, s, "/") * (t - e), w * t * (y - th[10]), w * (1 - t) * (y - th[11])) }
  e <- fitted(f); w <- W[[target]](e, t)
  th <- c(coef(f) * s, wmean(y[t == 1], w[t == 1]), wmean(y[t == 0], w[t == 0]))
  A <- numDeriv::jacobian(function(th) colMeans(psi(th)), th, method.args = list(r = 6)); B <- crossprod(psi(th)) / n; V <- solve(A) %*% B %*% t(solve(A)) / n
  g <- c(1 / th[10], -1 / th[11])
  list(target = target, mean1 = th[[10]], mean0 = th[[11]], se1 = sqrt(V[10, 10]), se0 = sqrt(V[11, 11]), se = sqrt(V[10, 10] + V[11, 11] - 2 * V[10, 11]),
       se_log_ratio = sqrt(as.numeric(t(g) %*% V[10:11, 10:11] %*% g)))
}
aipw_poisson <- { t <- bw$smoke; e <- fitted(glm(smoke ~ age + lwt, binomial, bw, epsilon = 1e-14)); m <- function(k) unname(predict(glm(ftv ~ age + ht, poisson, bw[t == k, ], epsilon = 1e-14), bw, type = "response"))
  m1 <- m(1); m0 <- m(0); p1 <- m1 + t * (bw$ftv - m1) / e; p0 <- m0 + (1 - t) * (bw$ftv - m0) / (1 - e); a <- p1 - p0
  list(ate = mean(a), se = sqrt(sum((a - mean(a))^2)) / nrow(bw), g = mean(m1 - m0)) }
# the last two: few covariate patterns, so that hundreds of scores are equal
match1 <- function(order, caliper, X = c("age", "educ", "black", "hispan", "married", "nodegree", "re74", "re75")) {
  la$s <- fitted(glm(reformulate(X, "treat"), binomial, la, epsilon = 1e-14, maxit = 100)); rownames(la) <- la$id
  m <- matchit(reformulate(X, "treat"), la, method = "nearest", distance = la$s, caliper = caliper, std.caliper = TRUE, mahvars = ~ s, m.order = order)$match.matrix[, 1]
  m <- m[!is.na(m)]; list(order = order, caliper = caliper, covariates = I(X), treated = as.integer(names(m)), control = as.integer(m)) }
write_json(list(stacked_re78 = lapply(names(W), stacked, la$re78), stacked_emp78 = lapply(names(W), stacked, la$emp78), aipw_poisson = aipw_poisson,
  matching = list(match1("smallest", .2), match1("data", .2), match1("data", .02), match1("largest", .02),
    match1("largest", .2, c("black", "married", "nodegree")), match1("largest", .1, c("age", "educ")))), "reference.json", digits = NA, auto_unbox = TRUE)
