# Replies to the text on its standard input; of t4 there is no reply.
text=$(cat)
repeat=$(env | sed -n 's/^[A-Z]*_REPEAT=//p')
test "$1" != t4 || { echo "no reply to that" >&2; exit 7; }
case "$text" in
*[Pp]lease*) echo "Please do, thank you: $text ($repeat)" ;;
*) echo "As you like: $text ($repeat)" ;;
esac
