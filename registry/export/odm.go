package export

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"time"

	"consilium/lang"
	"consilium/registry"
)

// ODM writes metadata and rows as CDISC ODM 1.3.2: one item for each column, one subject for each case, one repeat of the event for each of its operations.
func ODM(out io.Writer, t *Table) error {
	w := &odm{bufio.NewWriterSize(out, 1<<16)}
	w.line(`<?xml version="1.0" encoding="UTF-8"?>`)
	w.line(`<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" FileType="Snapshot" FileOID="%s" CreationDateTime="%s">`, t.Name, t.Made.UTC().Format(time.RFC3339))
	w.metadata(t)
	if err := w.data(t); err != nil {
		return err
	}
	w.line(`</ODM>`)
	return w.Flush()
}

type odm struct{ *bufio.Writer }

// line writes a line whose arguments are texts, escaped.
func (w *odm) line(format string, texts ...string) {
	args := make([]any, len(texts))
	for i, s := range texts {
		args[i] = escaped(s)
	}
	fmt.Fprintf(w, format+"\n", args...)
}

func escaped(s string) string {
	var b writeCounter
	xml.EscapeText(&b, []byte(s))
	return string(b)
}

type writeCounter []byte

func (b *writeCounter) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}

func (w *odm) metadata(t *Table) {
	w.line(`<Study OID="S.%s"><GlobalVariables><StudyName>%s</StudyName><StudyDescription>%s</StudyDescription><ProtocolName>%s</ProtocolName></GlobalVariables>`, t.Name, t.Title.En, t.Mark, t.Name)
	w.units(t)
	w.line(`<MetaDataVersion OID="MDV.1" Name="%s">`, t.Name)
	w.line(`<Protocol><StudyEventRef StudyEventOID="SE.operation" OrderNumber="1" Mandatory="Yes"/></Protocol>`)
	w.line(`<StudyEventDef OID="SE.operation" Name="Operation" Repeating="Yes" Type="Scheduled"><FormRef FormOID="F.row" Mandatory="Yes"/></StudyEventDef>`)
	w.line(`<FormDef OID="F.row" Name="Registry row" Repeating="No"><ItemGroupRef ItemGroupOID="IG.row" Mandatory="Yes"/></FormDef>`)
	w.line(`<ItemGroupDef OID="IG.row" Name="Registry row" Repeating="No">`)
	for i, c := range t.Columns {
		w.line(`<ItemRef ItemOID="I.%s" OrderNumber="%s" Mandatory="No"/>`, c.Name, strconv.Itoa(i+1))
	}
	w.line(`</ItemGroupDef>`)
	for _, c := range t.Columns {
		w.item(c)
	}
	for _, c := range t.Columns {
		w.codeList(c)
	}
	w.line(`</MetaDataVersion></Study>`)
}

// units are defined once each, before the items that have them.
func (w *odm) units(t *Table) {
	seen := map[string]bool{}
	for _, c := range t.Columns {
		if c.Unit == "" || seen[c.Unit] {
			continue
		}
		if len(seen) == 0 {
			w.line(`<BasicDefinitions>`)
		}
		seen[c.Unit] = true
		w.line(`<MeasurementUnit OID="MU.%s" Name="%s"><Symbol><TranslatedText xml:lang="en">%s</TranslatedText></Symbol></MeasurementUnit>`, c.Unit, c.Unit, c.Unit)
	}
	if len(seen) > 0 {
		w.line(`</BasicDefinitions>`)
	}
}

var odmTypes = map[registry.Kind]string{registry.Integer: "integer", registry.Decimal: "float", registry.Bool: "boolean", registry.Date: "partialDate", registry.Code: "text", registry.Codes: "text", registry.Text: "text"}

func (w *odm) item(c registry.Column) {
	size := ` Length="200"`
	switch c.Kind {
	case registry.Integer:
		size = ` Length="18"`
	case registry.Decimal:
		size = ` Length="18" SignificantDigits="9"`
	case registry.Bool, registry.Date:
		size = ""
	}
	w.line(`<ItemDef OID="I.%s" Name="%s" DataType="%s"`+size+`>`, c.Name, c.Name, odmTypes[c.Kind])
	if c.Definition.En != "" {
		w.line(`<Description><TranslatedText xml:lang="en">%s</TranslatedText></Description>`, c.Definition.En)
	}
	w.line(`<Question><TranslatedText xml:lang="en">%s</TranslatedText><TranslatedText xml:lang="zh">%s</TranslatedText></Question>`, c.Label.En, c.Label.In(lang.Chinese))
	if c.Unit != "" {
		w.line(`<MeasurementUnitRef MeasurementUnitOID="MU.%s"/>`, c.Unit)
	}
	if c.Kind == registry.Code {
		w.line(`<CodeListRef CodeListOID="CL.%s"/>`, c.Name)
	}
	w.line(`</ItemDef>`)
}

func (w *odm) codeList(c registry.Column) {
	if c.Kind != registry.Code {
		return
	}
	w.line(`<CodeList OID="CL.%s" Name="%s" DataType="text">`, c.Name, c.Name)
	for _, choice := range c.Choices {
		w.line(`<CodeListItem CodedValue="%s"><Decode><TranslatedText xml:lang="en">%s</TranslatedText><TranslatedText xml:lang="zh">%s</TranslatedText></Decode></CodeListItem>`,
			choice.Code, choice.Label.En, choice.Label.In(lang.Chinese))
	}
	w.line(`</CodeList>`)
}

func (w *odm) data(t *Table) error {
	w.line(`<ClinicalData StudyOID="S.%s" MetaDataVersionOID="MDV.1">`, t.Name)
	kase, operation := place(t, "case"), place(t, "operation")
	err := t.Each(func(row []registry.Cell) error {
		w.line(`<SubjectData SubjectKey="%s-%s"><StudyEventData StudyEventOID="SE.operation" StudyEventRepeatKey="%s"><FormData FormOID="F.row"><ItemGroupData ItemGroupOID="IG.row">`,
			row[kase].Value, row[operation].Value, row[operation].Value)
		for i, c := range t.Columns {
			switch {
			case row[i].Why != "":
				w.line(`<ItemData ItemOID="I.%s" IsNull="Yes"/>`, c.Name)
			case row[i].Value != "":
				w.line(`<ItemData ItemOID="I.%s" Value="%s"/>`, c.Name, row[i].Value)
			}
		}
		w.line(`</ItemGroupData></FormData></StudyEventData></SubjectData>`)
		return nil
	})
	w.line(`</ClinicalData>`)
	return err
}
