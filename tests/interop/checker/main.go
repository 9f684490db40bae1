// A checker of Sakshi's logs that shares nothing with Sakshi: Go and its standard library.
//
//	checker [-every] [-policy FILE] FOLDER
//
// FOLDER holds the files a server publishes: policy, <log>/checkpoint, <log>/tile/..., and proofs
// (<log>/proofs/*.tlog-proof with the entry beside each). It prints what it checked and exits 0, or
// says what is wrong and exits 1. Formats: C2SP signed-note, tlog-checkpoint, tlog-cosignature,
// tlog-tiles, tlog-proof, tlog-policy; RFC 6962.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/mldsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

type hash = [32]byte

type key struct {
	name string
	id   string
	kind byte
	pub  []byte
}

type checkpoint struct {
	text   string
	origin string
	size   int
	root   hash
	lines  []line
}

type line struct {
	name string
	id   string
	sig  []byte
}

type policy struct {
	logs      map[string][]key
	witnesses map[string]key
	groups    []group
	quorum    string
}

type group struct {
	name    string
	need    int
	members []string
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		fail("%v", err)
	}
	return data
}

func decode(text string) []byte {
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || base64.StdEncoding.EncodeToString(data) != text {
		fail("not base64: %q", text)
	}
	return data
}

func decimal(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || strconv.Itoa(n) != text {
		fail("not a number: %q", text)
	}
	return n
}

func parseKey(text string) key {
	parts := strings.SplitN(text, "+", 3)
	if len(parts) != 3 {
		fail("not a key: %q", text)
	}
	body := decode(parts[2])
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), body...))
	if hex.EncodeToString(sum[:4]) != parts[1] {
		fail("key id of %s is wrong", parts[0])
	}
	return key{parts[0], string(sum[:4]), body[0], body[1:]}
}

func parsePolicy(text string) policy {
	p := policy{logs: map[string][]key{}, witnesses: map[string]key{}}
	for _, row := range strings.Split(text, "\n") {
		words := strings.Fields(row)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		switch words[0] {
		case "log":
			k := parseKey(words[1])
			p.logs[k.name] = append(p.logs[k.name], k)
		case "witness":
			p.witnesses[words[1]] = parseKey(words[2])
		case "group":
			g := group{name: words[1], members: words[3:]}
			switch words[2] {
			case "all":
				g.need = len(g.members)
			case "any":
				g.need = 1
			default:
				g.need = decimal(words[2])
			}
			p.groups = append(p.groups, g)
		case "quorum":
			p.quorum = words[1]
		default:
			fail("policy: %q", row)
		}
	}
	return p
}

func parseCheckpoint(note string) checkpoint {
	at := strings.LastIndex(note, "\n\n")
	if at < 0 {
		fail("not a note: %q", note)
	}
	c := checkpoint{text: note[:at+1]}
	rows := strings.Split(c.text, "\n")
	if len(rows) != 4 {
		fail("not a checkpoint: %q", c.text)
	}
	c.origin, c.size = rows[0], decimal(rows[1])
	c.root = hash(decode(rows[2]))
	for _, row := range strings.Split(strings.TrimSuffix(note[at+2:], "\n"), "\n") {
		words := strings.Split(row, " ")
		if len(words) != 3 || words[0] != "—" {
			fail("not a signature line: %q", row)
		}
		body := decode(words[2])
		c.lines = append(c.lines, line{words[1], string(body[:4]), body[4:]})
	}
	return c
}

// signed says whether the key signed; a signature that says it is the key's and fails is fatal.
func (c checkpoint) signed(k key) bool {
	found := false
	for _, l := range c.lines {
		if l.name != k.name || l.id != k.id {
			continue
		}
		ok := false
		switch k.kind {
		case 1:
			ok = ed25519.Verify(k.pub, []byte(c.text), l.sig)
		case 4:
			when := binary.BigEndian.Uint64(l.sig[:8])
			ok = ed25519.Verify(k.pub, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", when, c.text), l.sig[8:])
		case 6:
			pub, err := mldsa.NewPublicKey(mldsa.MLDSA44(), k.pub)
			ok = err == nil && mldsa.Verify(pub, c.subtree(k.name, l.sig[:8]), l.sig[8:], nil) == nil
		}
		if !ok {
			fail("%s: the signature of %s (type %d) is wrong", c.origin, k.name, k.kind)
		}
		found = true
	}
	return found
}

func (c checkpoint) subtree(cosigner string, when []byte) []byte {
	var b bytes.Buffer
	b.WriteString("subtree/v1\n\x00")
	b.WriteByte(byte(len(cosigner)))
	b.WriteString(cosigner)
	b.Write(when)
	b.WriteByte(byte(len(c.origin)))
	b.WriteString(c.origin)
	b.Write(make([]byte, 8))
	b.Write(binary.BigEndian.AppendUint64(nil, uint64(c.size)))
	b.Write(c.root[:])
	return b.Bytes()
}

// check holds a checkpoint against the policy: signed by its log, seen by the quorum.
func (c checkpoint) check(p policy) int {
	if len(p.logs[c.origin]) == 0 {
		fail("%s: not a log of the policy", c.origin)
	}
	for _, k := range p.logs[c.origin] {
		if !c.signed(k) {
			fail("%s: not signed with each key (type %d) that the policy names", c.origin, k.kind)
		}
	}
	held := map[string]bool{}
	for name, w := range p.witnesses {
		if c.signed(w) {
			held[name] = true
		}
	}
	count := len(held)
	for _, g := range p.groups {
		n := 0
		for _, m := range g.members {
			if held[m] {
				n++
			}
		}
		held[g.name] = n >= g.need
	}
	if p.quorum != "none" && !held[p.quorum] {
		fail("%s: no quorum", c.origin)
	}
	return count
}

func leafHash(entry []byte) hash { return sha256.Sum256(append([]byte{0}, entry...)) }

func nodeHash(l, r hash) hash {
	return sha256.Sum256(append(append([]byte{1}, l[:]...), r[:]...))
}

func root(leaves []hash) hash {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	return nodeHash(root(leaves[:k]), root(leaves[k:]))
}

func tilePath(n, width int) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	if width < 256 {
		path += fmt.Sprintf(".p/%d", width)
	}
	return path
}

func entries(folder string, size int) [][]byte {
	var all [][]byte
	for at := 0; at < size; at += 256 {
		width := min(256, size-at)
		data := read(filepath.Join(folder, "tile/entries", tilePath(at/256, width)))
		for range width {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				fail("%s: bundle %d is cut short", folder, at/256)
			}
			n := 2 + int(binary.BigEndian.Uint16(data))
			all = append(all, data[2:n])
			data = data[n:]
		}
		if len(data) > 0 {
			fail("%s: bundle %d has surplus bytes", folder, at/256)
		}
	}
	return all
}

// tiles compares every hash tile of every level with the entries.
func tiles(folder string, leaves []hash) int {
	count := 0
	for level, row := 0, leaves; len(row) > 0; level++ {
		var above []hash
		for at := 0; at < len(row); at += 256 {
			part := row[at:min(at+256, len(row))]
			var want []byte
			for _, h := range part {
				want = append(want, h[:]...)
			}
			path := filepath.Join("tile", strconv.Itoa(level), tilePath(at/256, len(part)))
			if !bytes.Equal(read(filepath.Join(folder, path)), want) {
				fail("%s: %s is not what the entries give", folder, path)
			}
			count++
			if len(part) == 256 {
				above = append(above, root(part))
			}
		}
		row = above
	}
	return count
}

func proof(path string, p policy) {
	text := string(read(path))
	head, note, ok := strings.Cut(text, "\n\n")
	rows := strings.Split(head, "\n")
	if !ok || rows[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(rows[1], "index ") {
		fail("%s: not a proof", path)
	}
	c := parseCheckpoint(note)
	c.check(p)
	index, last := decimal(strings.TrimPrefix(rows[1], "index ")), c.size-1
	if index > last {
		fail("%s: no such entry", path)
	}
	h := leafHash(read(strings.TrimSuffix(path, ".tlog-proof")))
	for _, row := range rows[2:] {
		sibling := hash(decode(row))
		if last == 0 {
			fail("%s: the path is too long", path)
		}
		if index&1 == 1 || index == last {
			h = nodeHash(sibling, h)
			for index&1 == 0 && index > 0 {
				index, last = index>>1, last>>1
			}
		} else {
			h = nodeHash(h, sibling)
		}
		index, last = index>>1, last>>1
	}
	if last != 0 || h != c.root {
		fail("%s: the path does not lead to the root", path)
	}
}

// everyLine reads a policy as some clients do: each of its log lines must have signed.
func everyLine(c checkpoint, p policy) {
	for name, keys := range p.logs {
		for _, k := range keys {
			if !c.signed(k) {
				fail("%s: %s, a log line of the policy, has not signed", c.origin, name)
			}
		}
	}
}

func main() {
	every := flag.Bool("every", false, "every log line of the policy must have signed")
	named := flag.String("policy", "policy", "the file of the policy in the folder")
	flag.Parse()
	folder := flag.Arg(0)
	p := parsePolicy(string(read(filepath.Join(folder, *named))))
	for name := range p.logs {
		log := filepath.Join(folder, filepath.FromSlash(name))
		c := parseCheckpoint(string(read(filepath.Join(log, "checkpoint"))))
		if c.origin != name {
			fail("%s: the checkpoint is of %s", name, c.origin)
		}
		witnesses := c.check(p)
		if *every {
			everyLine(c, p)
		}
		var leaves []hash
		for _, e := range entries(log, c.size) {
			leaves = append(leaves, leafHash(e))
		}
		if root(leaves) != c.root {
			fail("%s: the entries do not give the root", name)
		}
		count := tiles(log, leaves)
		files, _ := filepath.Glob(filepath.Join(log, "proofs", "*.tlog-proof"))
		for _, file := range files {
			proof(file, p)
		}
		fmt.Printf("%s: %d entries, %d tiles, %d witnesses, %d proofs\n", name, c.size, count, witnesses, len(files))
	}
}
