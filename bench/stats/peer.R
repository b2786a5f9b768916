# Fits one case in R and prints one line of JSON: Rscript peer.R CASE DIR
suppressWarnings(suppressMessages(library(data.table)))
setDTthreads(1)
cpu <- 0
tm <- function(e) {
  gc()
  s <- system.time(e)
  cpu <<- unname(s["user.self"] + s["sys.self"])
  unname(s["elapsed"])
}

cases <- list(
  logistic = function(d) {
    s <- tm(f <- glm(y ~ ., data = d, family = binomial))
    list(s, list(coef = unname(coef(f)), se = unname(sqrt(diag(vcov(f))))))
  },
  cox = function(d) {
    library(survival)
    s <- tm(f <- coxph(Surv(time, status) ~ ., data = d, ties = "efron"))
    list(s, list(coef = unname(coef(f)), se = unname(sqrt(diag(vcov(f)))), loglik = f$loglik))
  },
  km = function(d) {
    library(survival)
    s <- tm({
      f <- survfit(Surv(time, status) ~ group, data = d, conf.type = "log-log")
      g <- survdiff(Surv(time, status) ~ group, data = d)
    })
    q <- summary(f, times = c(365, 1000))
    list(s, list(surv = q$surv, se = q$std.err, lower = q$lower, upper = q$upper, chisq = g$chisq))
  },
  glmer = function(d) {
    library(lme4)
    s <- tm(f <- glmer(y ~ x1 + x2 + x3 + x4 + x5 + (1 | centre), data = d, family = binomial, nAGQ = 1))
    list(s, list(coef = unname(fixef(f)), sd = attr(VarCorr(f)$centre, "stddev")[[1]], loglik = as.numeric(logLik(f))))
  },
  mice = function(d) {
    suppressMessages(library(mice))
    d <- as.data.frame(d)
    d$e <- factor(d$e)
    d$f <- factor(d$f)
    s <- tm(m <- mice(d, m = 5, maxit = 5, seed = 1, printFlag = FALSE, method = c("", "", "pmm", "pmm", "logreg", "logreg")))
    p <- summary(pool(with(m, glm(f ~ a + b + c + d + e, family = binomial))))
    list(s, list(estimate = p$estimate, se = p$std.error))
  },
  boot = function(d) {
    X <- cbind(1, as.matrix(d[, paste0("x", 1:10), with = FALSE]))
    y <- d$y
    n <- nrow(d)
    idx <- matrix(scan(file.path(commandArgs(TRUE)[2], "boot-draws.txt"), quiet = TRUE), n) + 1L
    B <- matrix(0, ncol(idx), 11)
    s <- tm(for (k in seq_len(ncol(idx))) {
      i <- idx[, k]
      B[k, ] <- glm.fit(X[i, ], y[i], family = binomial())$coefficients
    })
    list(s, list(se = apply(B, 2, sd), mean = colMeans(B)))
  },
  match = function(d) { # a packaged MatchIt may ignore a caliper on its fast path: the score as mahvars takes the general one
    library(MatchIt)
    d <- as.data.frame(d)
    f <- treat ~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8
    d$ps <- unname(matchit(f, d, method = NULL, distance = "glm", link = "logit")$distance)
    s <- tm(m <- matchit(f, d, method = "nearest", distance = "glm", link = "logit", caliper = .2, std.caliper = TRUE,
                         mahvars = ~ ps, m.order = "largest"))
    list(s, list(pairs = sum(!is.na(m$match.matrix))))
  },
  matchfast = function(d) { # without a caliper: the one-dimensional fast path
    library(MatchIt)
    d <- as.data.frame(d)
    f <- treat ~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8
    s <- tm(m <- matchit(f, d, method = "nearest", distance = "glm", link = "logit", m.order = "largest"))
    list(s, list(pairs = sum(!is.na(m$match.matrix))))
  },
  crr = function(d) {
    suppressMessages(library(cmprsk))
    d <- as.data.frame(d)
    s <- tm(f <- crr(d$time, d$status, d[, 1:5]))
    list(s, list(coef = unname(f$coef), se = unname(sqrt(diag(f$var)))))
  })

a <- commandArgs(TRUE)
d <- fread(file.path(a[2], paste0(sub("fast", "", a[1]), ".csv")))
o <- cases[[a[1]]](d)
cat(jsonlite::toJSON(list(elapsed = o[[1]], cpu = cpu, result = o[[2]]), digits = NA, auto_unbox = TRUE), "\n")
