package export

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"consilium/lang"
	"consilium/registry"
)

// R writes a script that reads rows.csv into a data frame: factors with their labels, columns with theirs as the attribute "label", as haven and Hmisc have it.
func R(out io.Writer, t *Table) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "# %s\n# %s\n# source(\"read.R\") reads rows.csv of the same folder into the data frame rows; why(\"column\") tells why its values are missing.\n", oneLine(t.Title.En), oneLine(t.Mark))
	w.WriteString("rows <- read.csv(\"rows.csv\", colClasses = \"character\", na.strings = \"\", encoding = \"UTF-8\", check.names = FALSE)\n")
	w.WriteString("missing <- read.csv(\"missing.csv\", colClasses = \"character\", encoding = \"UTF-8\")\nreasons <- read.csv(\"reasons.csv\", colClasses = \"character\", encoding = \"UTF-8\")\n")
	w.WriteString(whyInR)
	for _, c := range t.Columns {
		column := "rows[[" + rText(c.Name) + "]]"
		switch c.Kind {
		case registry.Integer, registry.Decimal:
			fmt.Fprintf(w, "%s <- as.numeric(%s)\n", column, column)
		case registry.Bool:
			fmt.Fprintf(w, "%s <- %s == \"true\"\n", column, column)
		case registry.Code:
			codes, labels := levels(c, lang.English)
			fmt.Fprintf(w, "%s <- factor(%s, levels = %s, labels = make.unique(%s))\n", column, column, rList(codes), rList(labels))
		case registry.Date:
			fmt.Fprintf(w, "%s <- as.Date(substr(%s, 1, 10))\n", column, column)
		}
		fmt.Fprintf(w, "attr(%s, \"label\") <- %s\n", column, rText(c.Label.En))
		if c.Unit != "" {
			fmt.Fprintf(w, "attr(%s, \"unit\") <- %s\n", column, rText(c.Unit))
		}
	}
	return w.Flush()
}

// rText is a text as R reads it: escapes of Go's that R has too.
func rText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "\r", " ").Replace(s) + `"`
}

func rList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = rText(s)
	}
	return "c(" + strings.Join(quoted, ", ") + ")"
}

// Stata writes a do-file that reads rows.csv: coded columns become numbers with value labels, in the order of the pack.
func Stata(out io.Writer, t *Table) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "* %s\n* %s\nversion 14\nimport delimited using \"rows.csv\", clear varnames(1) stringcols(_all) encoding(\"utf-8\") case(preserve)\n", oneLine(t.Title.En), oneLine(t.Mark))
	for i, c := range t.Columns {
		name := stataName(c.Name, i)
		if name != c.Name {
			fmt.Fprintf(w, "capture rename %s %s\n", c.Name, name) // the first 32 letters are what import makes of a longer one
			fmt.Fprintf(w, "capture rename %.32s %s\n", c.Name, name)
		}
		switch c.Kind {
		case registry.Integer, registry.Decimal:
			fmt.Fprintf(w, "destring %s, replace\n", name)
		case registry.Bool:
			fmt.Fprintf(w, "generate byte new__ = cond(%s == \"true\", 1, cond(%s == \"false\", 0, .))\ndrop %s\nrename new__ %s\n", name, name, name, name)
		case registry.Code:
			stataCodes(w, c, name)
		case registry.Date:
			fmt.Fprintf(w, "generate new__ = date(substr(%s, 1, 10), \"YMD\")\nformat new__ %%td\ndrop %s\nrename new__ %s\n", name, name, name)
		}
		fmt.Fprintf(w, "label variable %s %s\n", name, stataText(c.Label.En, 80))
	}
	return w.Flush()
}

func stataCodes(w *bufio.Writer, c registry.Column, name string) {
	codes, labels := levels(c, lang.English)
	fmt.Fprintf(w, "generate byte new__ = .\n")
	for i, code := range codes {
		fmt.Fprintf(w, "replace new__ = %d if %s == %s\n", i+1, name, stataText(code, 200))
		fmt.Fprintf(w, "label define l_%.29s %d %s, modify\n", name, i+1, stataText(labels[i], 200))
	}
	fmt.Fprintf(w, "drop %s\nrename new__ %s\nlabel values %s l_%.29s\n", name, name, name, name)
}

// stataName is a name of at most 32 letters, unlike any other.
func stataName(name string, place int) string {
	if len(name) <= 32 {
		return name
	}
	tail := "_" + strconv.Itoa(place)
	return name[:32-len(tail)] + tail
}

// stataText is a text in compound quotes, cut to what Stata takes.
func stataText(s string, most int) string {
	s = strings.NewReplacer("`", "'", "\n", " ", "\r", " ", `"'`, `"`).Replace(s)
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most])
	}
	return "`\"" + s + "\"'"
}

// whyInR gives of each row why a column is empty: what missing.csv names, and the column's usual reason for the others.
const whyInR = `why <- function(column) {
  usual <- reasons$reason[reasons$column == column & reasons$usual == "yes"]
  out <- rep(NA_character_, nrow(rows))
  if (length(usual) == 1) out[is.na(rows[[column]])] <- usual
  named <- missing[missing$column == column, ]
  out[match(paste(named$case, named$operation), paste(rows$case, rows$operation))] <- named$reason
  out
}
`
