# birthwt.csv: MASS::birthwt (GPL-2 or GPL-3), as in stats/agree/testdata
suppressMessages({library(rms); library(jsonlite)}); options(digits=15)
d <- read.csv("birthwt.csv")
f <- lrm(low ~ age + lwt + race_black + race_other + smoke + ht, d, x=TRUE, y=TRUE, eps=1e-12, tol=1e-14)
# resamples: s <- 16807 s mod (2^31-1) from 11, one value a row of each draw in turn, row 1 + floor(n s / (2^31-1))
n <- nrow(d); B <- 40; s <- 11
S <- lapply(1:B, function(k) vapply(1:n, function(i) { s <<- (16807 * s) %% 2147483647; 1 + floor(n * s / 2147483647) }, 0))
ind <- function(fit_lp, y) { m <- glm(y ~ fit_lp, binomial, control=glm.control(epsilon=1e-14)); c(Dxy=unname(somers2(plogis(fit_lp), y)["Dxy"]), Intercept=unname(coef(m)[1]), Slope=unname(coef(m)[2]), Brier=mean((plogis(fit_lp)-y)^2)) }
fm <- low ~ age + lwt + race_black + race_other + smoke + ht
gc <- glm.control(epsilon=1e-14,maxit=100)
tr <- te <- NULL
r2 <- function(lp,y){m<-glm(y~lp,binomial,control=gc);n<-length(y);(1-exp((deviance(m)-m$null.deviance)/n))/(1-exp(-m$null.deviance/n))}
for (s in S) { b <- glm(fm, binomial, d[s,], control=gc); lpb <- predict(b); lpo <- predict(b, d); tr <- rbind(tr, c(ind(lpb, d$low[s]),R2=r2(lpb,d$low[s]))); te <- rbind(te, c(ind(lpo, d$low),R2=r2(lpo,d$low))) }
g <- glm(fm, binomial, d, control=gc); ap <- c(ind(predict(g), d$low),R2=r2(predict(g),d$low))
print(rbind(ap, colMeans(tr), colMeans(te), ap - (colMeans(tr)-colMeans(te))))
# the same through rms::validate with its own sampler replaced by these resamples
k <- 0; 
trace_sample <- function(x, size, replace = FALSE, prob = NULL) { if (replace) { k <<- k + 1; S[[k]] } else base::sample(x, size, replace, prob) }
e <- environment(predab.resample); unlockBinding("predab.resample", asNamespace("rms")); pr <- predab.resample; environment(pr) <- list2env(list(sample=trace_sample), parent=asNamespace("rms")); assign("predab.resample", pr, asNamespace("rms"))
v <- rms::validate(f, B=B); print(unclass(v)[,1:5]); cat("draws used", k, "\n")
# smooth curve
p <- fitted(g); lp <- qlogis(p); kn <- rcspline.eval(lp, nk=4, knots.only=TRUE); Z <- rcspline.eval(lp, knots=kn, inclx=TRUE); h <- glm(d$low ~ Z, binomial, control=gc); dd <- abs(fitted(h)-p)
gr <- seq(min(lp),max(lp),length=5); Zg <- cbind(1,rcspline.eval(gr,knots=kn,inclx=TRUE)); eta <- as.vector(Zg%*%coef(h)); se <- sqrt(rowSums((Zg%*%vcov(h))*Zg))
nb <- function(t) { w <- p>=t; mean(w&d$low==1)-mean(w&d$low==0)*t/(1-t) }; th <- c(.1,.2,.3,.5)
val <- as.data.frame(unclass(v)[c("Dxy","R2","Intercept","Slope","B"),1:5])
write_json(list(rms=val[,c("index.orig","training","test","optimism","index.corrected")],plain=list(apparent=as.list(ap),training=as.list(colMeans(tr)),test=as.list(colMeans(te))),
 knots=kn,ici=mean(dd),e50=median(dd),e90=unname(quantile(dd,.9)),emax=max(dd),predicted=plogis(gr),observed=plogis(eta),lower=plogis(eta-qnorm(.975)*se),upper=plogis(eta+qnorm(.975)*se),threshold=th,net_benefit=sapply(th,nb)),"rms.json",digits=NA,pretty=TRUE,auto_unbox=TRUE)
