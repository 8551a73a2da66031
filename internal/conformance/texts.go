package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/baileydb/bailey/internal/classify"
)

// textTypes are the labels of the texts whose form a pattern can know, and our type for each. Names, places, dates,
// ages, titles, bare postcodes and organisations have no form of their own in a sentence.
var textTypes = map[string]string{
	"CREDIT_CARD": "payment_card", "EMAIL_ADDRESS": "email", "IBAN_CODE": "iban", "IP_ADDRESS": "ip_address",
	"PHONE_NUMBER": "phone", "US_SSN": "us_ssn", "STREET_ADDRESS": "street_address",
}

// textsReport is the score of the labelled texts: whether a text contains a type, for each type.
type textsReport struct {
	score   *score
	perType map[string]*counts
	all     counts
}

func classifyTexts(file string) (*textsReport, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var texts []struct {
		Text  string `json:"full_text"`
		Spans []struct {
			Type string `json:"entity_type"`
		} `json:"spans"`
	}
	if err := json.Unmarshal(data, &texts); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	set, err := classify.Load()
	if err != nil {
		return nil, err
	}
	rep := &textsReport{score: newScore("classify-presidio"), perType: map[string]*counts{}}
	for label := range textTypes {
		rep.perType[label] = &counts{}
	}
	for i, text := range texts {
		col := set.NewColumn(classify.Meta{Path: "text"})
		col.AddString(text.Text)
		said := typesOf(classify.Decide([]*classify.Column{col})[0], false)
		for _, span := range text.Spans {
			if _, ok := textTypes[span.Type]; !ok {
				rep.score.missing[span.Type]++
			}
		}
		what := ""
		for _, label := range sortedKeys(textTypes) {
			is := false
			for _, span := range text.Spans {
				is = is || span.Type == label
			}
			says := slices.Contains(said, textTypes[label])
			rep.perType[label].add(says, is)
			rep.all.add(says, is)
			if says != is {
				what += fmt.Sprintf(" %s: labelled %v, said %v", label, is, says)
			}
		}
		rep.score.judge("text", fmt.Sprint(i), what)
	}
	return rep, nil
}

func (r *textsReport) print(w io.Writer) {
	s := r.score
	fmt.Fprintf(w, "conformance %s cases=%d agreed=%d disagreed=%d uncovered=%d\n", s.suite, s.cases, s.agreed, s.disagreed, s.uncovered)
	fmt.Fprintf(w, "  a text contains a type, all types: %s\n", r.all)
	for _, label := range sortedKeys(r.perType) {
		fmt.Fprintf(w, "  type %s: %s\n", label, r.perType[label])
	}
	for _, label := range sortedKeys(s.missing) {
		fmt.Fprintf(w, "  left out %s: %d spans; it has no form that a pattern could know\n", label, s.missing[label])
	}
	fmt.Fprintln(w, "  why: numbers that keep no issuer's range, streets without a word for street, telephone numbers in bare groups with no word before them")
	byWhat := map[string]int{}
	for _, d := range s.disagreements {
		byWhat[d.what]++
	}
	for _, what := range sortedKeys(byWhat) {
		fmt.Fprintf(w, "  disagreed in %d texts:%s\n", byWhat[what], what)
	}
}
