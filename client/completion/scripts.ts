/**
 * The shells' side of completion: each script hands what is typed to `btcnet complete` and offers the lines that come back, `word`
 * or `word<tab>what it is for`. The one line `:files` asks the shell to offer files.
 */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Stands for the names of files, which the shell knows better. */
export const FILES = ':files';

/**
 * Bash breaks words at `=` and `:` too, and replaces only what follows them; so the line is split anew, at spaces alone, and what
 * stands before the last break is taken off again. Runs on bash 3.2, which macOS has.
 */
const BASH = `_btcnet() {
  local line=\${COMP_LINE:0:COMP_POINT} typed tail skip word file
  local -a words
  read -r -a words <<<"$line"
  if [[ $line == *[[:space:]] ]]; then words+=(''); fi
  typed=\${words[\${#words[@]}-1]}
  tail=\${typed##*[=:]}
  skip=$((\${#typed} - \${#tail}))
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    if [[ $word == ${FILES} ]]; then
      compopt -o filenames 2>/dev/null || true
      while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "$tail")
    else
      COMPREPLY+=("\${word:skip}")
    fi
  done < <("\${words[0]}" complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _btcnet btcnet
`;

const ZSH = `#compdef btcnet
_btcnet() {
  local -a lines found
  local line
  lines=("\${(@f)$("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${lines[1]}" == ${FILES} ]]; then
    _files
    return
  fi
  for line in "\${lines[@]}"; do
    [[ -n "$line" ]] || continue
    if [[ "$line" == *$'\\t'* ]]; then
      found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    else
      found+=("\${line//:/\\\\:}")
    fi
  done
  _describe 'btcnet' found
}
if [[ "\${funcstack[1]}" == _btcnet ]]; then
  _btcnet "$@"
else
  compdef _btcnet btcnet
fi
`;

const FISH = `function __btcnet_complete
  set -l words (commandline -opc)
  set -l typed (commandline -ct)
  set -l found (command $words[1] complete -- $words[2..-1] "$typed" 2>/dev/null)
  if test "$found[1]" = ${FILES}
    __fish_complete_path "$typed"
  else
    printf '%s\\n' $found
  end
end
complete -c btcnet -f -a '(__btcnet_complete)'
`;

export const scriptFor = (shell: Shell): string => ({ bash: BASH, zsh: ZSH, fish: FISH })[shell];
