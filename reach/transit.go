package reach

import "cmp"

type transit struct {
	*TransitGateway
	tables map[string]*TransitTable
	ways   map[string][]way
	gaps   map[string]Unknown // by table: routes that are not known
}

func (b *builder) transit(x *TransitGateway) {
	t := &transit{TransitGateway: x, tables: map[string]*TransitTable{}, ways: map[string][]way{}, gaps: map[string]Unknown{}}
	b.name(KindTransitGateway, x.ID, t)
	b.transits = append(b.transits, t)
	for i := range x.Tables {
		t.tables[x.Tables[i].ID] = &x.Tables[i]
	}
	for i := range x.Attachments {
		a := &x.Attachments[i]
		if a.VPC != "" {
			b.vpc(a.VPC)
		}
		if s, ok := find[*site](b.Engine, a.Site); ok {
			s.via = append(s.via, joint{t, a})
		}
	}
}

// followTransit enters a transit gateway from a VPC.
func (e *Engine) followTransit(l *led, v *vpc, t *transit, text string, w *way, set Set, to dest) {
	switch {
	case t.GroupReferences.Unknown != "":
		l.refer(Maybe, t.label()+" may not carry references to groups")
	case !t.GroupReferences.Yes:
		l.refer(Closed, t.label()+" does not carry references to groups")
	}
	if v.ID == "" {
		l.add(set, Maybe, text, w.origin, "say which VPC it is")
		return
	}
	for i := range t.Attachments {
		if t.Attachments[i].VPC == v.ID {
			e.through(l, t, &t.Attachments[i], text, w.origin, set, to, 0)
			return
		}
	}
	if t.AttachmentsUnknown != "" {
		l.add(set, Maybe, text, w.origin, t.AttachmentsUnknown)
		return
	}
	l.add(set, Closed, text+", to which "+v.label()+" is not attached", w.origin, "")
}

// maxGateways bounds how many transit gateways in a row are followed; a ring of them must not hang us.
const maxGateways = 6

// through routes what came into a transit gateway by an attachment.
func (e *Engine) through(l *led, t *transit, in *Attachment, text string, origin any, set Set, to dest, depth int) {
	table := t.tables[in.Table]
	switch {
	case in.TableUnknown != "":
		l.add(set, Maybe, text, origin, in.TableUnknown)
		return
	case in.Table == "":
		l.add(set, Closed, text+", where "+in.label()+" is under no route table", origin, "")
		return
	case table == nil:
		l.add(set, Maybe, text, origin, "read what declares the transit gateway's route table "+Unknown(in.Table)+" too")
		return
	case depth >= maxGateways:
		l.add(set, Closed, text+", and on through too many transit gateways", origin, "")
		return
	}
	left := set
	ways := e.transitRoutes(t, table)
	gap := t.gaps[table.ID]
	for _, r := range ways {
		s := r.set.Intersect(left)
		if s.Empty() {
			continue
		}
		left = left.Subtract(s)
		here := text + ", there " + r.text
		out := t.attachment(r.target)
		switch {
		case gap != "":
			l.add(s, Maybe, here, r.origin, gap)
		case r.dead:
			l.add(s, Closed, here+" to a blackhole", r.origin, "")
		case out == nil:
			l.add(s, Maybe, here+" to "+r.target, r.origin, "read what declares the attachment "+Unknown(r.target)+" too")
		case out.Peer != "":
			e.throughPeer(l, t, out, here+" to "+e.nameOf(out.Peer), r.origin, s, to, depth)
		case to.vpc != nil && out.VPC == to.vpc.ID && out.VPC != "", to.site != nil && out.Site == to.site.ID && out.Site != "":
			l.add(s, Open, here+" to "+out.label(), r.origin, "")
		default:
			l.add(s, Closed, here+" to "+out.label()+", which leads elsewhere", r.origin, "")
		}
	}
	if left.Empty() {
		return
	}
	if gap != "" {
		l.add(left, Maybe, text, origin, gap)
		return
	}
	l.add(left, Closed, text+", where "+table.label()+" has no route for ", table.Origin, "")
}

func (e *Engine) throughPeer(l *led, t *transit, out *Attachment, text string, origin any, s Set, to dest, depth int) {
	l.refer(Closed, "over transit gateways that are peered groups cannot be named")
	next, ok := find[*transit](e, out.Peer)
	if !ok {
		l.add(s, Maybe, text, origin, "read what declares the transit gateway "+Unknown(out.Peer)+" too")
		return
	}
	l.via = append(l.via, hopVia{next.Element, KindTransitGateway})
	for i := range next.Attachments {
		if next.Attachments[i].Peer == t.ID {
			e.through(l, next, &next.Attachments[i], text, origin, s, to, depth+1)
			return
		}
	}
	if next.AttachmentsUnknown != "" {
		l.add(s, Maybe, text, origin, next.AttachmentsUnknown)
		return
	}
	l.add(s, Closed, text+", which is not joined to it", origin, "")
}

func (t *transit) attachment(id string) *Attachment {
	for i := range t.Attachments {
		if t.Attachments[i].ID == id {
			return &t.Attachments[i]
		}
	}
	return nil
}

// transitRoutes is a transit gateway's table as it works: static routes win over propagated ones of the same prefix.
func (e *Engine) transitRoutes(t *transit, table *TransitTable) []way {
	if ways, ok := t.ways[table.ID]; ok {
		return ways
	}
	var list []candidate
	gap := table.RoutesUnknown
	for i := range table.Routes {
		if r := &table.Routes[i]; r.CIDR.IsValid() {
			list = append(list, candidate{r.CIDR.Masked(), 0, way{target: r.Attachment, dead: r.Blackhole, text: prefixText(r.CIDR), origin: r.Origin}})
		}
	}
	for _, id := range table.Propagated {
		a := t.attachment(id)
		if a == nil {
			gap = "read what declares the attachment " + Unknown(id) + " too"
			continue
		}
		var set Set
		if v, ok := find[*vpc](e, a.VPC); ok && a.VPC != "" {
			set = v.cidrs
			gap = cmp.Or(gap, v.cidrsWhy)
		} else if s, ok := find[*site](e, a.Site); ok {
			if gap = cmp.Or(gap, s.why); s.why == "" {
				set = s.addrs
			}
		}
		for _, p := range set.Prefixes() {
			list = append(list, candidate{p, 1, way{target: id, text: prefixText(p) + " (propagated)", origin: a.Origin}})
		}
	}
	ways := longest(list)
	t.ways[table.ID], t.gaps[table.ID] = ways, gap
	return ways
}
