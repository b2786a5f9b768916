# One analysis from the CSV to its numbers, as a whole process: Rscript whole.R CASE FILE
suppressWarnings(suppressMessages({library(data.table); library(survival)}))
args <- commandArgs(TRUE)
d <- fread(args[2])
v <- switch(args[1],
  logistic = , wide = unname(coef(glm(y ~ ., binomial, d))),
  firth = { suppressMessages(library(brglm2)); unname(coef(glm(y ~ ., binomial, d, method = "brglmFit", type = "MPL_Jeffreys", control = brglmControl(epsilon = 1e-8)))) },
  slopes = { suppressMessages(library(lmerTest)); unname(coef(summary(lmer(score ~ x1 + x2 + x3 + (1 + x1 | center), d)))[, "t value"]) },
  counts = { suppressMessages(library(glmmTMB)); unname(fixef(glmmTMB(count ~ x1 + x2 + x3 + (1 | center), d, family = poisson))$cond) },
  cox = { f <- coxph(Surv(time, status) ~ ., d); z <- cox.zph(f, "km"); unname(coef(f)) },
  km = summary(survfit(Surv(time, status) ~ group, d, conf.type = "log-log"), times = c(365, 1000))$surv,
  aj = summary(survfit(Surv(time, factor(cause)) ~ group, d), times = c(.5, 1), extend = TRUE)$pstate[, 2],
  logrank = survdiff(Surv(time, died) ~ group, d)$chisq,
  manykm = summary(survfit(Surv(time, died) ~ group, d, conf.type = "log-log"), times = .5, extend = TRUE)$surv)
cat("[", paste(formatC(v, digits = 16, format = "g"), collapse = ","), "]\n", sep = "")
