# birthwt.csv: MASS::birthwt (GPL-2 or GPL-3), as in stats/agree/testdata
suppressMessages({library(glmnet); library(jsonlite)})
d <- read.csv("birthwt.csv"); v <- c("age","lwt","race_black","race_other","smoke","ptl","ht","ui","ftv"); X <- as.matrix(d[,v]); y <- d$low
fold <- (seq_len(nrow(d)) * 7) %% 10 
out <- list()
glmnet.control(epsnr=1e-14, mxitnr=200)
for (a in c(1,.5,0.2,0)) { f <- glmnet(X,y,family="binomial",alpha=a,thresh=1e-14,maxit=1e7); cv <- cv.glmnet(X,y,family="binomial",alpha=a,lambda=f$lambda,foldid=fold+1,thresh=1e-14,maxit=1e7)
 k <- unique(c(2,5,10,20,30,length(f$lambda)))
 out[[length(out)+1]] <- list(alpha=a,lambdas=length(f$lambda),at=I(k-1),lambda=I(f$lambda[k]),coef=unname(t(as.matrix(coef(f)))[k,]),dev=I(f$dev.ratio[k]),df=I(f$df[k]),cvm=I(cv$cvm[k]),cvsd=I(cv$cvsd[k]),min=cv$lambda.min,one=cv$lambda.1se) }
glmnet.control(factory=TRUE)
write_json(out,"glmnet.json",digits=NA,auto_unbox=TRUE,pretty=TRUE)
