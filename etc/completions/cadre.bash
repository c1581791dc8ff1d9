# Completion for bash: nouns, verbs and options, as `cadre ... --help` lists them; behind them, files.
_cadre() {
  local word=${COMP_WORDS[COMP_CWORD]} path=() i
  for ((i = 1; i < COMP_CWORD && i < 3; i++)); do
    case ${COMP_WORDS[i]} in -*) ;; *) path+=("${COMP_WORDS[i]}") ;; esac
  done
  local words
  words=$(cadre "${path[@]}" --help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p; s/^  *\(-[^ ,]*,\)\{0,1\}\(--[a-z-]*\).*/\2/p')
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$word")
}
complete -F _cadre cadre
