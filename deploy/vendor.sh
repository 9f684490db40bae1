#!/usr/bin/env bash
# Rebuild web/static/vendor/ from published packages: htmx, the noble bundle, the font subsets.
# Needs node, npm and python3; works in a temporary folder; prints the sha256 of every file.
set -euo pipefail

HTMX=4.0.1 CURVES=2.4.0 HASHES=2.4.0 POST_QUANTUM=0.7.1 ESBUILD=0.28.2
NOTO=5.3.0 MANJARI=5.3.0 FONTTOOLS=4.68.0 BROTLI=1.2.1

here="$(cd "$(dirname "$0")/.." && pwd)"
out="$here/web/static/vendor"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

echo '{"name":"vendor","private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact \
  "htmx.org@$HTMX" "@noble/curves@$CURVES" "@noble/hashes@$HASHES" "esbuild@$ESBUILD" \
  "@noble/post-quantum@$POST_QUANTUM" \
  "@fontsource/noto-sans-malayalam@$NOTO" "@fontsource/manjari@$MANJARI"
python3 -m venv py
py/bin/pip install -q "fonttools==$FONTTOOLS" "brotli==$BROTLI"

mkdir -p "$out/fonts"

# htmx: release file, unchanged.
cp node_modules/htmx.org/dist/htmx.min.js "$out/htmx.min.js"
cp node_modules/htmx.org/LICENSE "$out/LICENSE-htmx"

# noble: one ES module with what our pages use and nothing else.
cat > entry.js <<'JS'
export { ed25519 } from "@noble/curves/ed25519.js";
export { sha256, sha512 } from "@noble/hashes/sha2.js";
export { hmac } from "@noble/hashes/hmac.js";
export { bytesToHex, hexToBytes, utf8ToBytes, concatBytes } from "@noble/hashes/utils.js";
JS
node_modules/.bin/esbuild entry.js --bundle --format=esm --target=es2022 --minify \
  --legal-comments=inline --charset=utf8 --outfile="$out/noble.js" --log-level=warning
# ML-DSA-44 by itself: fetched only where a policy names such a key.
echo 'export { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";' > mldsa-entry.js
node_modules/.bin/esbuild mldsa-entry.js --bundle --format=esm --target=es2022 --minify \
  --legal-comments=inline --charset=utf8 --outfile="$out/mldsa.js" --log-level=warning
cp node_modules/@noble/post-quantum/LICENSE "$out/LICENSE-noble-post-quantum"
cp node_modules/@noble/curves/LICENSE "$out/LICENSE-noble-curves"
cp node_modules/@noble/hashes/LICENSE "$out/LICENSE-noble-hashes"

# Fonts: modern Malayalam (no archaic numerals or fractions) and the Latin our pages print.
ML="U+0D02-0D03,U+0D05-0D0B,U+0D0E-0D10,U+0D12-0D28,U+0D2A-0D39,U+0D3E-0D43,U+0D46-0D48"
ML="$ML,U+0D4A-0D4D,U+0D57,U+0D7A-0D7F,U+200C-200D,U+20B9,U+25CC"
LATIN="U+0020-007E,U+00A0,U+00A7,U+00A9,U+00B7,U+00D7,U+2013-2014,U+2018-2019"
LATIN="$LATIN,U+201C-201D,U+2022,U+2026,U+2032,U+2191,U+2193,U+2212"
common="--flavor=woff2 --no-hinting --no-glyph-names --drop-tables+=DSIG,meta
  --name-IDs=0,1,2,3,4,5,6,13,14"
subset() { py/bin/pyftsubset "$1" --output-file="$2" $common "${@:3}"; }

noto=node_modules/@fontsource/noto-sans-malayalam
# Malayalam in 400 only: bold Malayalam borrows Manjari (web/static/css/tokens.css).
subset "$noto/files/noto-sans-malayalam-malayalam-400-normal.woff2" \
  "$out/fonts/noto-sans-malayalam-400.woff2" --unicodes="$ML" \
  --layout-scripts=mlm2,DFLT --layout-features='*'
for weight in 400 700; do
  subset "$noto/files/noto-sans-malayalam-latin-$weight-normal.woff2" \
    "$out/fonts/noto-sans-malayalam-latin-$weight.woff2" --unicodes="$LATIN" --layout-features='*'
done
cp "$noto/LICENSE" "$out/fonts/OFL-noto-sans-malayalam.txt"

# Manjari, headings only. Leaving out `psts` drops some 300 ligatures of consonant + u, uu, vocalic r:
# the vowel signs then stand apart, as in the reformed script (and as in Noto), and the file halves.
manjari=node_modules/@fontsource/manjari
subset "$manjari/files/manjari-malayalam-700-normal.woff2" manjari.woff2 --unicodes="$ML" \
  --layout-scripts=mlm2,DFLT --layout-features=akhn,half,haln,pref,pstf,blwf,pres,blws
py/bin/python - "$out/fonts/manjari-700.woff2" <<'PY'
"""Scale the heading font to 1000 units per em: smaller coordinates compress better."""
import sys
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

font = TTFont("manjari.woff2", recalcTimestamp=False)
scale_upem(font, 1000)
font.flavor = "woff2"
font.save(sys.argv[1])
PY
cp "$manjari/LICENSE" "$out/fonts/OFL-manjari.txt"

cd "$out" && find . -type f ! -name README.md -printf '%P\n' | sort | xargs sha256sum
