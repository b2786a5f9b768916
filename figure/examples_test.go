package figure

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
)

// The examples are invented: what a figure of a surgical series looks like, in both languages.

// either picks a language.
func either(chinese bool, en, zh string) string {
	if chinese {
		return zh
	}
	return en
}

// group is a Kaplan-Meier curve of exponential times, computed here so that the figures have something to show.
func group(name string, n int, hazard float64, seed uint64) SurvivalCurve {
	r := rand.New(rand.NewPCG(seed, 7))
	type patient struct {
		time  float64
		event bool
	}
	patients := make([]patient, n)
	for i := range patients {
		event, end := math.Round(r.ExpFloat64()/hazard*10)/10+0.1, math.Round((12+r.Float64()*50)*10)/10
		patients[i] = patient{min(event, end), event <= end}
	}
	slices.SortFunc(patients, func(a, b patient) int { return cmp.Compare(a.time, b.time) })
	c := SurvivalCurve{Name: name}
	left, s, variance := float64(n), 1.0, 0.0
	for i := 0; i < n; {
		t, events, gone := patients[i].time, 0.0, 0.0
		for ; i < n && patients[i].time == t; i++ {
			if gone++; patients[i].event {
				events++
			}
		}
		s *= 1 - events/left
		if left > events {
			variance += events / left / (left - events)
		}
		z := 1.96 * math.Sqrt(variance)
		c.Time, c.Value, c.AtRisk, c.Censored = append(c.Time, t), append(c.Value, s), append(c.AtRisk, left), append(c.Censored, gone-events)
		c.Low, c.High = append(c.Low, s*math.Exp(-z)), append(c.High, min(1, s*math.Exp(z)))
		left -= gone
	}
	return c
}

func survival(zh bool, width float64) Survival {
	return Survival{
		Sheet: Sheet{ID: "survival", Title: either(zh, "Freedom from recurrence", "无复发率"), Desc: "Endoscopic and microscopic.", Width: width},
		X:     Axis{Label: either(zh, "Months after operation", "术后月数"), Min: 0, Max: 60, Ticks: StepTicks(0, 60, 12)},
		Y:     Axis{Label: either(zh, "Free of recurrence", "无复发比例"), Min: 0, Max: 1, Ticks: Percents(0, 1, 6)},
		Curves: []SurvivalCurve{group(either(zh, "Endoscopic", "全内镜"), 148, 0.006, 1),
			group(either(zh, "Microscopic", "显微镜"), 163, 0.013, 2)},
		AtRisk: either(zh, "Number at risk", "风险人数"),
		Notes:  []string{either(zh, "Hazard ratio 0.48 (0.31–0.74)", "风险比 0.48 (0.31–0.74)"), either(zh, "Log-rank p = 0.0008", "对数秩检验 p = 0.0008")},
	}
}

func incidence(zh bool, width float64) Survival {
	s := Survival{
		Sheet: Sheet{ID: "incidence", Title: either(zh, "Revision and death", "再手术与死亡"), Desc: "Two competing causes.", Width: width},
		X:     Axis{Label: either(zh, "Years", "年")}, Y: Axis{Label: either(zh, "Cumulative incidence", "累积发生率"), Min: 0, Max: 0.4, Ticks: Percents(0, 0.4, 5)},
		Incidence: true, AtRisk: either(zh, "Number at risk", "风险人数"),
	}
	for i, name := range []string{either(zh, "Revision of the femoral component, any reason", "股骨假体翻修（任何原因）"), either(zh, "Death without revision", "未翻修而死亡")} {
		c := group(name, 400, 0.02-0.012*float64(i), uint64(i+4))
		for j, v := range c.Value {
			c.Time[j] /= 6
			c.Value[j], c.Low[j], c.High[j] = (1-v)*0.4, (1-c.High[j])*0.4, (1-c.Low[j])*0.4
		}
		if i == 1 {
			c.AtRisk = nil
		}
		c.Censored = nil
		s.Curves = append(s.Curves, c)
	}
	return s
}

func forestPlot(zh bool, width float64) Forest {
	f := Forest{
		Sheet: Sheet{ID: "forest", Title: either(zh, "Hearing loss by hospital", "各医院听力丧失"), Desc: "Pooled odds ratio 0.62.", Width: width},
		X:     Axis{Label: either(zh, "Odds ratio", "比值比"), Log: true}, Names: either(zh, "Hospital", "医院"),
		Cells:  []string{either(zh, "Endoscopic", "内镜"), either(zh, "Microscopic", "显微镜")},
		Effect: either(zh, "OR (95% CI)", "OR (95% CI)"), Weight: either(zh, "Weight", "权重"),
		Favors: [2]string{either(zh, "Favors endoscopic", "内镜更优"), either(zh, "Favors microscopic", "显微镜更优")},
		Notes: []string{either(zh, "Heterogeneity: τ² = 0.04, I² = 21%, Q = 6.3 (df 5), p = 0.28", "异质性：τ² = 0.04，I² = 21%，Q = 6.3（自由度 5），p = 0.28"),
			either(zh, "Random effects by REML with Hartung-Knapp intervals.", "随机效应（REML），Hartung-Knapp 区间。")},
	}
	names := [][2]string{{"Western University Hospital", "西部大学医院"}, {"Harbor City Hospital", "海港市医院"}, {"Border County", "边境县医院"},
		{"Northern Children's", "北方儿童医院"}, {"St. Anna", "圣安娜医院"}, {"Mountain Clinic", "山区诊所"}}
	values := [][4]float64{{0.55, 0.38, 0.80, 34.1}, {0.72, 0.44, 1.18, 24.0}, {1.9, 0.31, 21.6, 2.2}, {0.41, 0.17, 0.99, 10.4}, {0.83, 0.47, 1.47, 19.9}, {0.33, 0.10, 1.09, 9.4}}
	for i, v := range values {
		f.Rows = append(f.Rows, Effect{Name: either(zh, names[i][0], names[i][1]), Cells: []string{strconv.Itoa(3+i) + "/148", strconv.Itoa(9+2*i) + "/163"},
			Value: v[0], Low: v[1], High: v[2], Text: fixed(v[0]) + " (" + fixed(v[1]) + "–" + fixed(v[2]) + ")", Weight: v[3], WeightText: strconv.FormatFloat(v[3], 'f', 1, 64) + "%"})
	}
	f.Rows = append(f.Rows, Effect{Kind: Pooled, Name: either(zh, "All hospitals", "全部医院"), Cells: []string{"33/888", "84/978"}, Value: 0.62, Low: 0.47, High: 0.82, Text: "0.62 (0.47–0.82)", WeightText: "100%"},
		Effect{Kind: Prediction, Name: either(zh, "95% prediction interval", "95% 预测区间"), Value: math.NaN(), Low: 0.36, High: 1.08, Text: "(0.36–1.08)"})
	return f
}

func fixed(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

// subgroups is a forest plot of means on a linear axis, with headings.
func subgroups(zh bool, width float64) Forest {
	f := Forest{Sheet: Sheet{ID: "subgroups", Title: "Blood loss", Desc: "By subgroup.", Width: width}, X: Axis{Label: either(zh, "Mean difference (mL)", "均数差 (mL)")},
		Names: either(zh, "Subgroup", "亚组"), Effect: either(zh, "Difference", "差值")}
	for i, g := range [][2]string{{"Age", "年龄"}, {"Side", "侧别"}} {
		f.Rows = append(f.Rows, Effect{Kind: Heading, Name: either(zh, g[0], g[1])})
		for j, s := range [][2]string{{"first", "第一"}, {"second", "第二"}} {
			v := float64(-30 + 25*i + 12*j)
			f.Rows = append(f.Rows, Effect{Name: either(zh, s[0], s[1]), Value: v, Low: v - 22, High: v + 22})
		}
	}
	f.Rows = append(f.Rows, Effect{Kind: Pooled, Name: either(zh, "All", "全部"), Value: -14, Low: -24, High: -4})
	return f
}

func funnelPlot(zh bool, width float64) Funnel {
	f := Funnel{
		Sheet: Sheet{ID: "funnel", Title: either(zh, "Small studies", "小样本研究"), Desc: "Nearly symmetrical.", Width: width},
		X:     Axis{Label: either(zh, "Odds ratio", "比值比"), Log: true}, Y: Axis{Label: either(zh, "Standard error", "标准误")}, Center: 0.62,
		Limits: []FunnelLimit{{1.96, either(zh, "95% limits", "95% 界限")}, {2.576, either(zh, "99% limits", "99% 界限")}},
		Added:  either(zh, "Put in by trim and fill", "剪补法补入"), Notes: []string{either(zh, "Egger's test: p = 0.21", "Egger 检验 p = 0.21")},
	}
	r := rand.New(rand.NewPCG(3, 3))
	for i := range 22 {
		se := 0.08 + 0.5*r.Float64()*r.Float64()
		f.Points = append(f.Points, FunnelPoint{Name: "Study " + strconv.Itoa(i+1), Effect: 0.62 * math.Exp(se*r.NormFloat64()), SE: se, Added: i > 19})
	}
	return f
}

func centerFunnel(zh bool, width float64) CenterFunnel {
	f := CenterFunnel{
		Sheet: Sheet{ID: "centers", Title: either(zh, "Complications by center", "各中心并发症"), Desc: "One center beyond the limits.", Width: width},
		X:     Axis{Label: either(zh, "Operations", "手术例数")}, Y: Axis{Label: either(zh, "Complications", "并发症率"), Min: 0, Max: 0.4, Ticks: Percents(0, 0.4, 5)},
		Target: 0.12, Average: either(zh, "Average of the network", "全网平均"),
	}
	for _, l := range []struct {
		z    float64
		name string
	}{{1.96, either(zh, "95% limits", "95% 界限")}, {3.09, either(zh, "99.8% limits", "99.8% 界限")}} {
		low, high := Curve{Name: l.name}, Curve{Name: l.name}
		for n := 4.0; n <= 420; n += 4 {
			se := math.Sqrt(0.12 * 0.88 / n)
			low.X, low.Y = append(low.X, n), append(low.Y, max(0, 0.12-l.z*se))
			high.X, high.Y = append(high.X, n), append(high.Y, 0.12+l.z*se)
		}
		f.Limits = append(f.Limits, low, high)
	}
	r := rand.New(rand.NewPCG(9, 3))
	for i := range 24 {
		n := 10 + math.Round(r.Float64()*r.Float64()*400)
		f.Centers = append(f.Centers, Center{Name: "C" + strconv.Itoa(i+1), Volume: n, Value: max(0, 0.12+r.NormFloat64()*math.Sqrt(0.12*0.88/n))})
	}
	f.Centers = append(f.Centers, Center{Name: either(zh, "Harbor City Hospital", "海港市医院"), Volume: 148, Value: 0.095, Own: true},
		Center{Name: either(zh, "Mountain Clinic", "山区诊所"), Volume: 92, Value: 0.27, Out: true})
	return f
}

func balancePlot(zh bool, width float64) Balance {
	b := Balance{
		Sheet: Sheet{ID: "balance", Title: either(zh, "Balance of covariates", "协变量均衡性"), Desc: "All below 0.1 after weighting.", Width: width},
		X:     Axis{Label: either(zh, "Absolute standardized difference", "标准化差异绝对值")}, Threshold: 0.1, Names: either(zh, "Covariate", "协变量"),
		Series: []string{either(zh, "Unadjusted", "未调整"), either(zh, "Weighted", "加权后"), either(zh, "Matched", "匹配后")},
	}
	for i, n := range [][2]string{{"Age", "年龄"}, {"Female", "女性"}, {"Years of spasm", "病程（年）"}, {"Cohen grade before operation", "术前 Cohen 分级"}, {"Vertebral artery involved", "椎动脉受累"},
		{"Earlier botulinum toxin", "曾用肉毒毒素"}, {"ASA class III or above", "ASA III 级及以上"}, {"Propensity score", "倾向评分"}} {
		b.Rows = append(b.Rows, Covariate{either(zh, n[0], n[1]), []float64{0.05 + 0.07*float64(i%6), 0.01 + 0.008*float64(i%5), 0.02 + 0.013*float64(i%4)}})
	}
	return b
}

func calibrationPlot(zh bool, width float64) Calibration {
	c := Calibration{
		Sheet: Sheet{ID: "calibration", Title: either(zh, "Calibration", "校准"), Desc: "Slightly too high above 60%.", Width: width},
		X:     Axis{Label: either(zh, "Predicted risk", "预测风险")}, Y: Axis{Label: either(zh, "Observed proportion", "实际比例")},
		Ideal: either(zh, "Ideal", "理想"), Grouped: either(zh, "Tenths of patients", "十分位组"),
		Notes: []string{either(zh, "Slope 0.91 (0.78–1.04)", "斜率 0.91 (0.78–1.04)"), either(zh, "c-statistic 0.78", "c 统计量 0.78")},
	}
	line := Curve{Name: either(zh, "Smoothed (loess)", "平滑曲线")}
	for x := 0.04; x < 0.9; x += 0.02 {
		y := x - 0.18*x*x + 0.03
		line.X, line.Y = append(line.X, x), append(line.Y, y)
		line.Low, line.High = append(line.Low, y-0.03-0.06*x), append(line.High, y+0.03+0.06*x)
	}
	c.Curves = []Curve{line}
	for i := range 8 {
		x := 0.06 + 0.1*float64(i)
		y := x - 0.15*x*x + 0.02*float64(i%3)
		c.Groups = append(c.Groups, Point{X: x, Y: y, Low: max(0, y-0.07), High: y + 0.07})
	}
	c.Histogram = Histogram{UpName: either(zh, "With event", "发生事件"), DownName: either(zh, "Without", "未发生")}
	for i := range 41 {
		x := float64(i) / 40
		c.Histogram.Edges = append(c.Histogram.Edges, x)
		if i < 40 {
			c.Histogram.Up = append(c.Histogram.Up, math.Round(220*x*math.Exp(-3.2*x)))
			c.Histogram.Down = append(c.Histogram.Down, math.Round(90*math.Exp(-5*x)))
		}
	}
	return c
}

func decisionPlot(zh bool, width float64) Decision {
	v := Decision{Sheet: Sheet{ID: "decision", Title: either(zh, "Decision curve", "决策曲线"), Desc: "The model is worth most between 10 and 40%.", Width: width},
		X: Axis{Label: either(zh, "Threshold probability", "阈概率"), Min: 0, Max: 0.8, Ticks: Percents(0, 0.8, 9)}, Y: Axis{Label: either(zh, "Net benefit", "净获益")}}
	model, clinic := Curve{Name: either(zh, "Model", "模型")}, Curve{Name: either(zh, "Clinical score", "临床评分")}
	all, none := Curve{Name: either(zh, "Treat all", "全部干预")}, Curve{Name: either(zh, "Treat none", "均不干预"), X: []float64{0, 0.8}, Y: []float64{0, 0}}
	for t := 0.0; t < 0.8; t += 0.01 {
		odds := t / (1 - t)
		all.X, all.Y = append(all.X, t), append(all.Y, 0.28-0.72*odds)
		model.X, model.Y = append(model.X, t), append(model.Y, 0.28*math.Exp(-1.8*t)-0.72*math.Exp(-4*t)*odds*0.9)
		clinic.X, clinic.Y = append(clinic.X, t), append(clinic.Y, 0.28*math.Exp(-2.4*t)-0.72*math.Exp(-3.4*t)*odds*0.9)
	}
	v.Curves, v.Reference = []Curve{model, clinic}, []Curve{all, none}
	return v
}

func cusumPlot(zh bool, width float64) Cusum {
	r := rand.New(rand.NewPCG(21, 4))
	up, down := Curve{Name: either(zh, "Worse than expected", "差于预期")}, Curve{Name: either(zh, "Better than expected", "优于预期")}
	u, d := 0.0, 0.0
	c := Cusum{Sheet: Sheet{ID: "cusum", Title: either(zh, "Risk-adjusted CUSUM", "风险调整 CUSUM"), Desc: "One signal.", Width: width},
		X: Axis{Label: either(zh, "Case number", "病例序号")}, Y: Axis{Label: either(zh, "Cumulative log-likelihood ratio", "累积对数似然比")}}
	for i := 1; i <= 240; i++ {
		risk, odds := 0.06+0.1*r.Float64(), 1.0
		if i > 120 && i < 190 {
			odds = 2.6
		}
		event := 0.0
		if r.Float64() < odds*risk/(1-risk+odds*risk) {
			event = 1
		}
		u = max(0, u+event*math.Log(2)-math.Log(1-risk+2*risk))
		d = min(0, d-(event*math.Log(0.5)-math.Log(1-risk+0.5*risk)))
		up.X, up.Y = append(up.X, float64(i)), append(up.Y, u)
		down.X, down.Y = append(down.X, float64(i)), append(down.Y, d)
		if u > 3.5 && len(c.Signals) == 0 {
			c.Signals = []Signal{{float64(i), u, either(zh, "Signal at case "+strconv.Itoa(i), "第"+strconv.Itoa(i)+"例报警")}}
			u = 0
		}
	}
	limit := either(zh, "Limit", "控制限")
	c.Lines, c.Limits = []Curve{up, down}, []Curve{{Name: limit, X: []float64{1, 240}, Y: []float64{3.5, 3.5}}, {Name: limit, X: []float64{1, 240}, Y: []float64{-4, -4}}}
	c.Events = []Event{{X: 122, Label: either(zh, "New endoscope", "更换内镜")}}
	return c
}

func vlad(zh bool, width float64) Cusum {
	r := rand.New(rand.NewPCG(5, 4))
	line, low, high := Curve{Name: either(zh, "Expected minus observed deaths", "预期减实际死亡")}, Curve{Name: either(zh, "95% by chance", "95% 机会范围")}, Curve{Name: either(zh, "95% by chance", "95% 机会范围")}
	v, n := 0.0, 0.0
	for i := 1; i <= 300; i++ {
		risk := 0.02 + 0.06*r.Float64()
		v += risk
		if r.Float64() < risk*0.7 {
			v--
		}
		n += risk * (1 - risk)
		line.X, line.Y = append(line.X, float64(i)), append(line.Y, v)
		low.X, low.Y = append(low.X, float64(i)), append(low.Y, -1.96*math.Sqrt(n))
		high.X, high.Y = append(high.X, float64(i)), append(high.Y, 1.96*math.Sqrt(n))
	}
	return Cusum{Sheet: Sheet{ID: "vlad", Title: "VLAD", Desc: "Six lives more than expected.", Width: width}, X: Axis{Label: either(zh, "Case number", "病例序号")},
		Y: Axis{Label: either(zh, "Statistical lives gained", "统计学获救人数")}, Lines: []Curve{line}, Limits: []Curve{low, high}}
}

func runChart(zh bool, width float64) RunChart {
	r := rand.New(rand.NewPCG(8, 8))
	c := RunChart{Sheet: Sheet{ID: "run", Title: either(zh, "Operations between leaks", "两次脑脊液漏之间的手术数"), Desc: "Better since the new closure.", Width: width},
		X: Axis{Label: either(zh, "Leak number", "脑脊液漏序号")}, Y: Axis{Label: either(zh, "Operations between leaks", "间隔手术例数")}}
	for i := 1; i <= 32; i++ {
		mean := 14.0
		if i > 20 {
			mean = 40
		}
		y := math.Round(mean * (0.15 + 1.1*r.Float64()))
		if i > 20 {
			y = max(y, 16)
		}
		c.Points = append(c.Points, Point{X: float64(i), Y: y})
	}
	c.Center = []Curve{{Name: either(zh, "Median", "中位数"), X: []float64{1, 32}, Y: []float64{13, 13}}}
	c.Limits = []Curve{{Name: either(zh, "Upper limit", "上控制限"), X: []float64{1, 32}, Y: []float64{48, 48}}}
	c.Rules = []Rule{{20, 31, either(zh, "Shift: 12 above the median", "漂移：连续 12 点高于中位数")}}
	c.Events = []Event{{X: 20.5, Label: either(zh, "New dural closure", "改用新硬膜缝合")}}
	return c
}

// shown are all of the newer figures in one language at one width.
func shown(zh bool, width float64) map[string]Figure {
	return map[string]Figure{"survival": survival(zh, width), "incidence": incidence(zh, width), "forest": forestPlot(zh, width), "subgroups": subgroups(zh, width),
		"funnel": funnelPlot(zh, width), "centers": centerFunnel(zh, width), "balance": balancePlot(zh, width), "calibration": calibrationPlot(zh, width),
		"decision": decisionPlot(zh, width), "cusum": cusumPlot(zh, width), "vlad": vlad(zh, width), "run": runChart(zh, width)}
}
