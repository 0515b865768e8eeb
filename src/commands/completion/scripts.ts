/** The shells that have a script. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
/** See `SHELLS`. */
export type Shell = (typeof SHELLS)[number];

/**
 * The script of a shell. It asks `qwen-demo completion SHELL -- WORD...` for the words that can follow,
 * and evaluates nothing that the user typed. An answer has one word a line, with a tab before its
 * description; `:files` stands for the files of the folder.
 */
export function scriptOf(shell: Shell): string {
  return SCRIPTS[shell];
}

/** Bash splits words at `=` and `:`, and replaces only the part after the last one. */
const BASH = `# qwen-demo for bash. In ~/.bashrc: eval "$(qwen-demo completion bash)"
_qwen_demo() {
  local i word='' whole='' line words=()
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((i > 1)) && [[ $word == [=:]* || $whole == *[=:] ]]; then
      whole+=$word
      words[\${#words[@]} - 1]=$whole
    else
      whole=$word
      words+=("$whole")
    fi
  done
  local before=\${whole%"$word"}
  [[ $word == [=:] ]] && before=$whole
  COMPREPLY=()
  while IFS=$'\\t' read -r line _; do
    if [[ $line == :files ]]; then
      compopt -o default 2>/dev/null
    else
      COMPREPLY+=("\${line#"$before"}")
    fi
  done < <(qwen-demo completion bash -- "\${words[@]}" 2>/dev/null)
}
complete -F _qwen_demo qwen-demo
`;

const ZSH = `#compdef qwen-demo
# qwen-demo for zsh. Save it as _qwen-demo in a folder of $fpath, or in ~/.zshrc, after compinit:
# eval "$(qwen-demo completion zsh)"
_qwen_demo() {
  local line files=0
  local -a before values
  (( CURRENT > 2 )) && before=("\${(@Q)words[2,CURRENT-1]}")
  for line in "\${(@f)$(qwen-demo completion zsh -- "\${before[@]}" "$PREFIX" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then
      files=1
    elif [[ -n $line ]]; then
      values+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    fi
  done
  (( $#values )) && _describe -t values 'qwen-demo' values
  if (( files )); then
    compset -P '*='
    _files
  fi
}
if [ "$funcstack[1]" = _qwen_demo ] || [ "$funcstack[1]" = _qwen-demo ]; then
  _qwen_demo "$@"
else
  compdef _qwen_demo qwen-demo
fi
`;

const FISH = `# qwen-demo for fish. Save it as ~/.config/fish/completions/qwen-demo.fish
function __qwen_demo_complete
    set -l current (commandline -ct)
    set -l words (commandline -opc)
    set -e words[1]
    for line in (qwen-demo completion fish -- $words "$current" 2>/dev/null)
        if test "$line" = :files
            set -l flag (string match -r -- '^--[^=]*=' "$current")
            for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$current"))
                printf '%s%s\\n' "$flag" $path
            end
        else
            printf '%s\\n' $line
        end
    end
end
complete -c qwen-demo -f -k -a '(__qwen_demo_complete)'
`;

const SCRIPTS: Record<Shell, string> = { bash: BASH, zsh: ZSH, fish: FISH };
