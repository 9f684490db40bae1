// A receipt opened from its QR code carries the whole leaf hash after the "#": compare it.

const leaf = document.querySelector("#leaf").textContent.trim();
const carried = location.hash.slice(1);
if (/^[0-9a-f]{64}$/.test(carried)) {
  document.querySelector(carried === leaf ? "#fragment-right" : "#fragment-wrong").hidden = false;
}
