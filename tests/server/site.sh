# A small site, a secret outside of it, and links to the secret.
canary=canary-$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')
mkdir -p site/assets site/folder/deep site/.git chunks/tiny
echo "$canary" >canary
echo "$canary" >site/.secret
echo "$canary" >site/.git/config
echo "$canary" >canary.html
ln -s ../canary site/link
ln -s .. site/up
ln -s "$work/canary" site/absolute
ln -s ../canary chunks/link
mkfifo site/pipe
printf '<!doctype html><title>page</title>\n' >site/index.html
printf '<!doctype html><title>deep</title>\n' >site/folder/index.html
awk 'BEGIN { for (i = 0; i < 9000; i++) print "console.log(" i ");" }' \
    >site/assets/app-Bx3kZ9_q.js
brotli -k site/assets/app-Bx3kZ9_q.js
gzip -k site/assets/app-Bx3kZ9_q.js
touch site/assets/app-Bx3kZ9_q.js.br site/assets/app-Bx3kZ9_q.js.gz
printf '\0asm\1\0\0\0' >site/assets/engine-AbCd1234.wasm
gzip -k site/assets/engine-AbCd1234.wasm
echo 'self' >site/sw.js
echo '{}' >site/site.webmanifest
echo 'a b' >'site/a b.txt'
: >site/empty.txt
printf '0123456789' >site/ten.bin
chunk=$(head -c 2000000 /dev/urandom | tee chunks/tiny/raw | sha256sum |
    cut -d' ' -f1)
mv chunks/tiny/raw "chunks/tiny/$chunk"
echo "{\"name\": \"tiny\"}" >chunks/tiny/manifest.json
