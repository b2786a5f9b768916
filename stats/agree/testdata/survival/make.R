# Further survival cases: run  Rscript make.R  in this folder, with lib.R of the reference set (see ../README.md) beside it.
source("lib.R")
LC<-function(...){cl<-match.call();cl[[1]]<-quote(coxph);cl$control<-quote(cox_ctl);eval(cl,parent.frame())}
ZA<-function(f) lapply(c("km","identity","rank","log"),function(k) zph_res(f,k))
Z3<-function(f) lapply(c("km","identity","rank"),function(k) zph_res(f,k))
# data
ov<-put(with(survival::ovarian,data.frame(futime,fustat,age,resid=resid.ds,rx=rx-1,ecog=ecog.ps)),"ovarian","x","y")
pb<-survival::pbc; pb<-put(data.frame(id=pb$id,time=pb$time,status=pb$status,trt=pb$trt-1,age=pb$age,female=as.integer(pb$sex=="f"),edema=pb$edema,bili=pb$bili,albumin=pb$albumin,stage=pb$stage,protime=pb$protime,death=as.integer(pb$status==2)),"pbc","x","y")
ht<-survival::heart; ht<-put(data.frame(start=ht$start,stop=ht$stop,event=ht$event,age=ht$age,year=ht$year,surgery=ht$surgery,tx=as.integer(as.character(ht$transplant)),id=ht$id),"heart","x","y")
co<-survival::colon; co<-put(data.frame(id=co$id,rx=as.character(co$rx),levam=as.integer(co$rx=="Lev"),lev5=as.integer(co$rx=="Lev+5FU"),sex=co$sex,age=co$age,nodes=co$nodes,differ=co$differ,extent=co$extent,etype=co$etype,time=co$time,status=co$status),"colon","x","y")
ra<-survival::rats; ra<-put(data.frame(litter=ra$litter,rx=ra$rx,time=ra$time,status=ra$status,male=as.integer(ra$sex=="m")),"rats","x","y")
bl<-survival::bladder2; bl<-put(data.frame(id=bl$id,rx=bl$rx,number=bl$number,size=bl$size,start=bl$start,stop=bl$stop,event=bl$event,enum=bl$enum),"bladder2","x","y")
my<-survival::myeloid; my<-put(data.frame(id=my$id,b=as.integer(my$trt=="B"),futime=my$futime,death=my$death),"myeloid","x","y")
lg<-survival::lung; lg<-put(data.frame(inst=lg$inst,time=lg$time,status=lg$status,age=lg$age,sex=lg$sex,ecog=lg$ph.ecog,karno=lg$ph.karno,wt=lg$wt.loss),"lung12","x","y")
set.seed(7); n<-400; tt<-ceiling(rexp(n)*6); cc<-ceiling(runif(n)*12); x1<-round(rnorm(n),2); x2<-rbinom(n,1,.3); st<-sample(0:2,n,TRUE)
he<-put(data.frame(id=1:n,time=pmin(tt,cc),cause=ifelse(cc<tt,0,1+rbinom(n,1,.4)),status=as.integer(tt<=cc),x1,x2,x3=round(runif(n),3),g=sample(c("a","b","c","d"),n,TRUE,c(.4,.3,.2,.1)),st=sample(1:5,n,TRUE),w=round(runif(n,.2,3),2),wi=sample(1:3,n,TRUE),off=round(rnorm(n)/3,3),entry=0,clus=sample(1:60,n,TRUE)),"heavy","x","y")
he2<-within(he,{entry<-pmax(0,floor(time*runif(n))-1);entry<-pmin(entry,time-1)}); he2<-put(he2,"heavy_entry","x","y")
# cox
C<-function(id,data,df,spec,f,z=NULL,...) case(id,"cox",data,spec,"",c(cox_res(f),if(!is.null(z)) list(zph=z)))
f<-LC(Surv(futime,fustat)~age+resid+rx+ecog,ov); C("cox-ov","ovarian",ov,list(time="futime",status="fustat",predictors=c("age","resid","rx","ecog"),ties="efron",transform=c("km","identity","rank","log")),f,ZA(f))
f<-LC(Surv(futime,fustat)~age,ov); C("cox-ov1","ovarian",ov,list(time="futime",status="fustat",predictors="age"),f,Z3(f))
f<-LC(Surv(time,death)~trt+age+female+edema+bili+albumin,pb,ties="breslow"); C("cox-pbc-b","pbc",pb,list(time="time",status="death",predictors=c("trt","age","female","edema","bili","albumin"),ties="breslow"),f,Z3(f))
f<-LC(Surv(time,death)~age+bili+albumin+protime+strata(stage),pb); C("cox-pbc-s","pbc",pb,list(time="time",status="death",predictors=c("age","bili","albumin","protime"),strata="stage",ties="efron"),f,Z3(f))
f<-LC(Surv(start,stop,event)~age+year+surgery+tx,ht); C("cox-heart","heart",ht,list(start="start",stop="stop",status="event",predictors=c("age","year","surgery","tx"),ties="efron"),f,Z3(f))
f<-LC(Surv(start,stop,event)~age+year+tx+strata(surgery),ht,ties="breslow"); C("cox-heart-b","heart",ht,list(start="start",stop="stop",status="event",predictors=c("age","year","tx"),strata="surgery",ties="breslow"),f,Z3(f))
f<-LC(Surv(time,status)~levam+lev5+age+nodes+strata(etype),co,cluster=id); C("cox-colon","colon",co,list(time="time",status="status",predictors=c("levam","lev5","age","nodes"),strata="etype",cluster="id",ties="efron"),f,Z3(f))
f<-LC(Surv(time,status)~levam+lev5+age+extent+strata(etype,sex,differ),co,cluster=id); C("cox-colon3","colon",co,list(time="time",status="status",predictors=c("levam","lev5","age","extent"),strata=c("etype","sex","differ"),cluster="id",ties="efron"),f,Z3(f))
f<-LC(Surv(time,status)~rx+male,ra,cluster=litter); C("cox-rats","rats",ra,list(time="time",status="status",predictors=c("rx","male"),cluster="litter",ties="efron"),f,Z3(f))
f<-LC(Surv(start,stop,event)~rx+number+size+strata(enum),bl,cluster=id); C("cox-bladder","bladder2",bl,list(start="start",stop="stop",status="event",predictors=c("rx","number","size"),strata="enum",cluster="id",ties="efron"),f,Z3(f))
f<-LC(Surv(time,status)~age+sex+ecog+karno,lg); C("cox-lung12","lung12",lg,list(time="time",status="status",predictors=c("age","sex","ecog","karno"),ties="efron"),f,Z3(f))
for(ti in c("efron","breslow")){
f<-LC(Surv(time,status)~x1+x2+x3,he,ties=ti); C(paste0("cox-heavy-",ti),"heavy",he,list(time="time",status="status",predictors=c("x1","x2","x3"),ties=ti),f,Z3(f))
f<-LC(Surv(entry,time,status)~x1+x2+x3,he2,ties=ti); C(paste0("cox-heavye-",ti),"heavy_entry",he2,list(start="entry",stop="time",status="status",predictors=c("x1","x2","x3"),ties=ti),f,Z3(f))
f<-LC(Surv(entry,time,status)~x1+x2+x3+strata(st),he2,ties=ti,cluster=clus); C(paste0("cox-heavyes-",ti),"heavy_entry",he2,list(start="entry",stop="time",status="status",predictors=c("x1","x2","x3"),strata="st",cluster="clus",ties=ti),f,Z3(f))
f<-LC(Surv(time,status)~x1+x2+x3,he,weights=w,ties=ti); C(paste0("cox-heavyw-",ti),"heavy",he,list(time="time",status="status",predictors=c("x1","x2","x3"),weights="w",ties=ti),f)
f<-LC(Surv(time,status)~x1+x2+x3,he,weights=wi,ties=ti); C(paste0("cox-heavywi-",ti),"heavy",he,list(time="time",status="status",predictors=c("x1","x2","x3"),weights="wi",ties=ti),f)
f<-LC(Surv(time,status)~x1+x2+x3+offset(off),he,weights=w,ties=ti,cluster=clus); C(paste0("cox-heavyo-",ti),"heavy",he,list(time="time",status="status",predictors=c("x1","x2","x3"),offset="off",weights="w",cluster="clus",ties=ti),f)
}
# prediction
P<-function(id,model,f,nd,times,...) {s<-summary(survfit(f,newdata=as.data.frame(nd),conf.type="log-log"),times=times); case(id,"cox_prediction",NULL,list(model=model,newdata=nd,times=times),"",list(surv=vec(s$surv),se=vec(s$std.err),lower=vec(s$lower),upper=vec(s$upper)))}
# dataset as visible case:
P<-function(id,model,data,f,nd,times,...) {s<-summary(survfit(f,newdata=as.data.frame(nd),conf.type="log-log"),times=times); case(id,"cox_prediction",data,list(model=model,newdata=nd,times=times),"",list(surv=vec(s$surv),se=vec(s$std.err),lower=vec(s$lower),upper=vec(s$upper)))}
f<-LC(Surv(time,death)~trt+age+female+edema+bili+albumin,pb,ties="breslow");P("pred-pbc-b","cox-pbc-b","pbc",f,list(trt=1,age=60,female=1,edema=0.5,bili=3,albumin=3.1),c(10,365,1000,2000,4000,9000))
f<-LC(Surv(time,death)~age+bili+albumin+protime+strata(stage),pb);P("pred-pbc-s","cox-pbc-s","pbc",f,list(age=50,bili=2,albumin=3.5,protime=10),c(30,365,1000,2000,3000))
P("pred-pbc-s2","cox-pbc-s","pbc",f,list(age=c(50,60),bili=c(2,1),albumin=c(3.5,3),protime=10,stage=c(3,3)),c(30,365,1000,2000,3000))
f<-LC(Surv(start,stop,event)~age+year+surgery+tx,ht);P("pred-heart","cox-heart","heart",f,list(age=2,year=3,surgery=0,tx=1),c(1,10,50,200,1000))
f<-LC(Surv(time,status)~levam+lev5+age+nodes+strata(etype),co,cluster=id);P("pred-colon","cox-colon","colon",f,list(levam=0,lev5=1,age=60,nodes=3),c(100,500,1500))
f<-LC(Surv(time,status)~x1+x2+x3,he);P("pred-heavy","cox-heavy-efron","heavy",f,list(x1=c(0,1,-2),x2=c(0,1,0),x3=.5),c(1,2,3,5,8,11))
f<-LC(Surv(time,status)~x1+x2+x3,he,weights=w);P("pred-heavyw","cox-heavyw-efron","heavy",f,list(x1=.3,x2=1,x3=.5),c(1,2,3,5,8,11))
f<-LC(Surv(time,status)~x1+x2+x3,he,weights=wi);P("pred-heavywi","cox-heavywi-efron","heavy",f,list(x1=.3,x2=1,x3=.5),c(1,2,3,5,8,11))
f<-LC(Surv(time,status)~x1+x2+x3,he,weights=wi,ties="breslow");P("pred-heavywib","cox-heavywi-breslow","heavy",f,list(x1=.3,x2=1,x3=.5),c(1,2,3,5,8,11))
f<-LC(Surv(time,status)~x1+x2+x3+strata(g),he);C("cox-heavyg","heavy",he,list(time="time",status="status",predictors=c("x1","x2","x3"),strata="g"),f,Z3(f));P("pred-heavyg","cox-heavyg","heavy",f,list(x1=.3,x2=1,x3=.5),c(1,2,3,5,8,11))
# km
K<-function(id,data,df,fm,spec,times,ct="log-log"){ spec$times<-times; spec$conf<-ct; case(id,"kaplan_meier",data,spec,"",km_res(survfit(fm,df,conf.type=ct),times)) }
for(ct in c("log-log","log","plain","logit","arcsin")){ K(paste0("km-he-",ct),"heavy",he,Surv(time,status)~g,list(time="time",status="status",group="g"),c(0,1,2.5,5,9,12,20),ct)
 K(paste0("km-hee-",ct),"heavy_entry",he2,Surv(entry,time,status)~g,list(start="entry",stop="time",status="status",group="g"),c(0,1,2.5,5,9,12,20),ct)
 K(paste0("km-lg-",ct),"lung12",lg,Surv(time,status)~1,list(time="time",status="status"),c(1,5,10,365,1022,3000),ct)}
K("km-pbc","pbc",pb,Surv(time,death)~stage,list(time="time",status="death",group="stage"),c(30,1000,3000,4000))
K("km-colon","colon",co,Surv(time,status)~rx+etype,list(time="time",status="status",group=c("rx","etype")),c(30,1000,3000,4000),"plain")
K("km-rats","rats",ra,Surv(time,status)~rx,list(time="time",status="status",group="rx"),c(90,50,103,104,105))
K("km-heart","heart",ht,Surv(start,stop,event)~tx,list(start="start",stop="stop",status="event",group="tx"),c(1,30,100,1000))
case("km-default","kaplan_meier","pbc",list(time="time",status="death",conf="log",times=c(100,1000)),"",km_res(survfit(Surv(time,death)~1,pb),c(100,1000)))
# logrank
L<-function(id,data,spec,a,b,c) case(id,"logrank",data,spec,"",list(logrank=sdiff(a),stratified=sdiff(b),peto_peto_rho1=sdiff(c)))
L("lr-he","heavy",list(time="time",status="status",group="g",strata="st"),survdiff(Surv(time,status)~g,he),survdiff(Surv(time,status)~g+strata(st),he),survdiff(Surv(time,status)~g,he,rho=1))
L("lr-colon","colon",list(time="time",status="status",group="rx",strata=c("etype","differ")),survdiff(Surv(time,status)~rx,co),survdiff(Surv(time,status)~rx+strata(etype,differ),co),survdiff(Surv(time,status)~rx,co,rho=1))
L("lr-rats","rats",list(time="time",status="status",group="rx",strata="litter"),survdiff(Surv(time,status)~rx,ra),survdiff(Surv(time,status)~rx+strata(litter),ra),survdiff(Surv(time,status)~rx,ra,rho=1))
case("lr-pbc","logrank","pbc",list(time="time",status="death",group="stage"),"",sdiff(survdiff(Surv(time,death)~stage,pb)))
case("lr-pbc-rho","logrank","pbc",list(time="time",status="death",group="stage",rho=.5),"",sdiff(survdiff(Surv(time,death)~stage,pb,rho=.5)))
# rmst
R<-function(id,data,d,spec,t,s,g,tau) case(id,"rmst",data,c(spec,list(tau=tau)),"",rmst2(t,s,g,tau))
R("rmst-ov","ovarian",ov,list(time="futime",status="fustat",group="rx"),ov$futime,ov$fustat,ov$rx,600)
R("rmst-ov2","ovarian",ov,list(time="futime",status="fustat",group="rx"),ov$futime,ov$fustat,ov$rx,1300)
R("rmst-my","myeloid",my,list(time="futime",status="death",group="b"),my$futime,my$death,my$b,1000)
R("rmst-he","heavy",he,list(time="time",status="status",group="x2"),he$time,he$status,he$x2,12)
R("rmst-he5","heavy",he,list(time="time",status="status",group="x2"),he$time,he$status,he$x2,5)
# aj
A<-function(id,data,t,s,g,times,spec) case(id,"aalen_johansen",data,c(spec,list(times=times)),"",aj_res(t,s,g,times))
A("aj-he","heavy",he$time,he$cause,he$g,c(1,3,6),list(time="time",status="cause",group="g"))
A("aj-he2","heavy",he$time,he$cause,he$x2,c(1,3,6,11,30),list(time="time",status="cause",group="x2"))
A("aj-he3","heavy",he$time,he$cause,he$st,c(0.5,2,4),list(time="time",status="cause",group="st"))
A("aj-pbc","pbc",pb$time,pb$status,pb$female,c(200,1000,3000),list(time="time",status="status",group="female"))
A("aj-pbc4","pbc",pb$time[!is.na(pb$stage)],pb$status[!is.na(pb$stage)],pb$stage[!is.na(pb$stage)],c(200,1000,3000),list(time="time",status="status",group="stage"))
# fg
F<-function(id,data,d,t,s,v,fc,spec) {f<-crr(d[[t]],d[[s]],d[,v,drop=FALSE],failcode=fc,cencode=0,gtol=1e-9); case(id,"fine_gray",data,c(list(time=t,status=s,failcode=fc,predictors=v),spec),"",crr_res(f),rel=1e-5)}
F("fg-he1","heavy",he,"time","cause",c("x1","x2","x3"),1,NULL)
F("fg-he2","heavy",he,"time","cause",c("x1","x2","x3"),2,NULL)
pc<-pb[complete.cases(pb[,c("age","female","bili","albumin")]),]
F("fg-pbc1","pbc",pc,"time","status",c("age","female","bili","albumin"),1,NULL)
F("fg-pbc2","pbc",pc,"time","status",c("age","female","bili","albumin"),2,NULL)
mg<-read.csv("../data/mgus2.csv"); mg<-put(mg,"mgus2","x","y")
F("fg-mg2","mgus2",mg,"time","status",c("age","male","hgb","creat"),2,NULL)
# federated
f<-LC(Surv(time,status)~x1+x2+strata(st),he); case("fed-cox","federated_cox_stratified","heavy",list(site="st",strata="st",time="time",status="status",predictors=c("x1","x2")),"",cox_res(f),rel=1e-8)
f<-LC(Surv(time,status)~rx,ra[ra$male==0,]+0,cluster=NULL); ra2<-put(ra[ra$male==0,],"ratsf","x","y"); f<-LC(Surv(time,status)~rx+strata(litter),ra2); case("fed-rats","federated_cox_stratified","ratsf",list(site="litter",time="time",status="status",predictors="rx"),"",cox_res(f),rel=1e-8)
case("fed-km","federated_km","heavy",list(site="st",time="time",status="status",group="g",times=c(1,4,9),conf="log"),"",km_res(survfit(Surv(time,status)~g,he,conf.type="log"),c(1,4,9)),rel=1e-8)
case("fed-lr","federated_logrank","heavy",list(site="st",time="time",status="status",group="g",strata="st"),"",list(pooled=sdiff(survdiff(Surv(time,status)~g,he)),stratified=sdiff(survdiff(Surv(time,status)~g+strata(st),he))),rel=1e-8)
# near ties: dates divided by a length
set.seed(3); n<-150; days<-sample(1:60,n,TRUE); yr<-ifelse(runif(n)<.5,days/365.25,days*(1/365.25)); yr<-yr+ifelse(runif(n)<.1,1e-9,0)
nt<-put(data.frame(time=yr,status=rbinom(n,1,.6),x=round(rnorm(n),2),g=rbinom(n,1,.5),entry=0),"near","x","y")
f<-LC(Surv(time,status)~x+g,nt); C("near-cox","near",nt,list(time="time",status="status",predictors=c("x","g"),ties="efron"),f,Z3(f))
nt2<-nt; nt2$entry<-pmax(0,nt$time-7/365.25); nt2<-put(nt2,"near_entry","x","y")
f<-LC(Surv(entry,time,status)~x+g,nt2); C("near-coxe","near_entry",nt2,list(start="entry",stop="time",status="status",predictors=c("x","g"),ties="efron"),f,Z3(f))
K("near-km","near",nt,Surv(time,status)~g,list(time="time",status="status",group="g"),c(.01,.05,.1))
K("near-kme","near_entry",nt2,Surv(entry,time,status)~1,list(start="entry",stop="time",status="status"),c(.01,.05,.1))
case("near-lr","logrank","near",list(time="time",status="status",group="g"),"",sdiff(survdiff(Surv(time,status)~g,nt)))
# exact half
hf<-put(data.frame(time=c(1,2,3,4,5,6,7,8,1,2,3,4),status=c(1,1,1,1,0,1,0,0,1,1,0,0),g=c(rep(0,8),rep(1,4))),"half","x","y")
for(ct in c("log-log","plain","log"))K(paste0("half-km-",ct),"half",hf,Surv(time,status)~g,list(time="time",status="status",group="g"),c(0.5,4,4.5,6,8),ct)
# only causes 1 / only 2 / three
h1<-he; h1$c1<-ifelse(h1$cause==2,0,h1$cause); h1$c2<-ifelse(h1$cause==1,0,h1$cause); h1<-put(h1,"onecause","x","y")
A("aj-one","onecause",h1$time,h1$c1,h1$g,c(1,3,6),list(time="time",status="c1",group="g"))
A("aj-two","onecause",h1$time,h1$c2,h1$g,c(1,3,6),list(time="time",status="c2",group="g"))
h4<-put(he[he$time>2 | he$g!="d",],"late","x","y")
A("aj-times","heavy",he$time,he$cause,he$g,c(6,1,3,3),list(time="time",status="cause",group="g"))
F("fg-p1","heavy",he,"time","cause","x1",1,NULL)
# tiny and scaled predictors
he5<-within(he,{x1<-x1*1e-6;x3<-x3*1e5+1e7}); he5<-put(he5,"scaled","x","y")
f<-LC(Surv(time,status)~x1+x2+x3,he5); # R's Wald statistic loses its digits here (1.163; that of the unscaled terms, 1.1736, is right), so it is left out below.
C("scaled-cox","scaled",he5,list(time="time",status="status",predictors=c("x1","x2","x3")),f)
# strata without events, single rows
hs<-he; hs$s<-ifelse(hs$id<=20,hs$id,100); hs$status[hs$id%in%c(2,4,6)]<-0; hs<-put(hs,"lonely","x","y")
f<-LC(Surv(time,status)~x1+x2+strata(s),hs,cluster=st); C("lonely-cox","lonely",hs,list(time="time",status="status",predictors=c("x1","x2"),strata="s",cluster="st"),f,Z3(f))
case("lonely-lr","logrank","lonely",list(time="time",status="status",group="g",strata="s"),"",list(stratified=sdiff(survdiff(Surv(time,status)~g+strata(s),hs))))
# a group censored before the first event
gz<-put(data.frame(time=c(5,6,7,8,9,10,1,1.5,3,12),status=c(1,1,0,1,1,0,0,0,1,1),g=c(0,0,0,0,0,0,2,2,1,1)),"early","x","y")
case("early-lr","logrank","early",list(time="time",status="status",group="g"),"",{z<-survdiff(Surv(time,status)~g,gz); list(n=vec(z$n),observed=vec(z$obs),expected=vec(z$exp),variance=unname(z$var),chisq=z$chisq)})
# time zero
tz<-put(data.frame(time=c(0,0,1,2,3,4,5,6),status=c(1,0,1,1,0,1,1,0),x=c(1,2,0,3,1,2,2.5,.5),g=c(0,1,0,1,0,1,0,1)),"zero","x","y")
f<-LC(Surv(time,status)~x,tz);C("zero-cox","zero",tz,list(time="time",status="status",predictors="x"),f,Z3(f))
K("zero-km","zero",tz,Surv(time,status)~g,list(time="time",status="status",group="g"),c(0,1,3))
R("zero-rmst","zero",tz,list(time="time",status="status",group="g"),tz$time,tz$status,tz$g,4)
# weighted curves
KW<-function(id,w,fm,g,ct) { spec<-list(time="time",status="status",weights=w,conf=ct,times=c(0.5,1,2.5,5,9,12)); if(!is.null(g)) spec$group<-g; he$ww<-he[[w]]; case(id,"kaplan_meier","heavy",spec,"",km_res(survfit(fm,he,weights=ww,conf.type=ct),spec$times)) }
KW("km-w","w",Surv(time,status)~1,NULL,"log-log"); KW("km-wg","w",Surv(time,status)~g,"g","log"); KW("km-wi","wi",Surv(time,status)~g,"g","log-log"); KW("km-wp","w",Surv(time,status)~x2,"x2","plain")
# weights with entry times and strata, formulas, Gray's test with strata and rho (R's cox.zph wants weights that are not of type integer)
he$wi<-as.numeric(he$wi)
for(ti in c("efron","breslow")){
f<-LC(Surv(time,status)~x1+x2+x3,he,weights=w,ties=ti); C(paste0("zw-",ti),"heavy",he,list(time="time",status="status",predictors=c("x1","x2","x3"),weights="w",ties=ti),f,Z3(f))
f<-LC(Surv(time,status)~x1+x2+x3+offset(off),he,weights=wi,ties=ti); C(paste0("zwo-",ti),"heavy",he,list(time="time",status="status",predictors=c("x1","x2","x3"),weights="wi",offset="off",ties=ti),f,Z3(f))
f<-LC(Surv(entry,time,status)~x1+x2+x3+strata(st,g),he2,weights=w,ties=ti,cluster=clus); C(paste0("zwe-",ti),"heavy_entry",he2,list(start="entry",stop="time",status="status",predictors=c("x1","x2","x3"),weights="w",strata=c("st","g"),cluster="clus",ties=ti),f,Z3(f))
}
f<-LC(Surv(time,status)~age+factor(sex)*karno+strata(inst),lg); C("form","lung12",lg,list(formula="Surv(time, status) ~ age + factor(sex)*karno + strata(inst)"),f,Z3(f))
f<-LC(Surv(start,stop,event)~age+year+tx+cluster(id),ht); C("form2","heart",ht,list(formula="Surv(start, stop, event) ~ age + year + tx + cluster(id)"),f,Z3(f))
K("kmform","lung12",lg,Surv(time,status)~sex,list(formula="Surv(time, status) ~ sex"),c(100,300))
x<-cuminc(he$time,he$cause,he$g,he$st,rho=1)$Tests; case("gray-s","aalen_johansen","heavy",list(time="time",status="cause",group="g",strata="st",rho=1,times=1),"",list(gray=list(cause=vec(rownames(x)),chisq=vec(x[,1]),p=vec(x[,2]),df=vec(x[,3]))))
x<-cuminc(he$time,he$cause,he$g,rho=-1)$Tests; case("gray-r","aalen_johansen","heavy",list(time="time",status="cause",group="g",rho=-1,times=1),"",list(gray=list(cause=vec(rownames(x)),chisq=vec(x[,1]),p=vec(x[,2]),df=vec(x[,3]))))
finish()
