extension Shell {
  /// The script for the shell. It contains no command and no option: it asks the `host` on the
  /// line. The script only does quoting and the names of files.
  var script: String {
    switch self {
    case .bash: Self.bashScript
    case .zsh: Self.zshScript
    case .fish: Self.fishScript
    }
  }

  private static let bashScript = #"""
    # Completion of host for bash 4.4 or newer: source <(host completions bash)

    _host_files() { # value, suffixes: names of files, a NUL behind each
      (
        set +f
        shopt -u failglob dotglob nocaseglob
        shopt -s nullglob extglob
        value=$1 home=
        shift
        if [[ $value == "~/"* ]]; then home=$HOME value=$HOME/${value:2}; fi
        all=("$value"*)
        chosen=()
        for path in "${all[@]}"; do
          if [[ -d $path || " $* " == *" ${path##*.} "* ]]; then chosen+=("$path"); fi
        done
        # Folders alone are no reason to hide the rest.
        files=0
        for path in "${chosen[@]}"; do [[ -d $path ]] || files=1; done
        if ((!files)) && [[ ${1-} != / ]]; then chosen=("${all[@]}"); fi
        for path in "${chosen[@]}"; do
          if [[ -n $home ]]; then path="~${path#"$home"}"; fi
          printf '%s\0' "$path"
        done
      )
    }

    _host() {
      local line=${COMP_LINE-} rest piece before= program stem= value= kind text meaning i
      local -a words=() found=()
      local isFile=
      COMPREPLY=()
      if [[ -n $line ]]; then
        line=${line:0:COMP_POINT}
      else
        for ((i = 0; i <= COMP_CWORD; i++)); do
          if ((i)) && [[ ${COMP_WORDS[i]} != "=" && ${COMP_WORDS[i - 1]} != "=" ]]; then
            line+=" "
          fi
          line+=${COMP_WORDS[i]}
        done
      fi
      # Bash breaks words at "=" and ":", too. What no blank divides is one word here, and
      # what stands before the last break is no part of the answers.
      for ((i = 0; i <= COMP_CWORD; i++)); do
        rest=${line#"${line%%[![:space:]]*}"}
        piece=${COMP_WORDS[i]}
        if ((i == COMP_CWORD)); then piece=$rest; fi
        if ((i)) && [[ $rest == "$line" && ( -n $rest || ${words[-1]} == *[=:] ) ]]; then
          before=${words[-1]}
          words[-1]+=$piece
          if [[ $piece == [=:] ]]; then before=${words[-1]}; fi
        else
          before=
          words+=("$piece")
        fi
        line=${rest:${#piece}}
      done
      program=${words[0]}
      if [[ $program == "~/"* ]]; then program=$HOME/${program:2}; fi
      {
        IFS= read -r stem
        IFS= read -r value
        while IFS=$'\t' read -r kind text meaning; do
          case $kind in
            word) found+=("$text") ;;
            file | folder)
              isFile=1
              if [[ $kind == folder ]]; then text=/; fi
              while IFS= read -r -d '' piece; do
                found+=("$piece")
              done < <(_host_files "$value" $text)
              ;;
          esac
        done
      } < <("$program" completions bash --complete -- "${words[@]:1}" 2> /dev/null < /dev/null)
      if [[ -n $isFile ]]; then compopt -o filenames 2> /dev/null; fi
      for text in "${found[@]}"; do
        text=$stem$text
        text=${text#"$before"}
        # Names of files bash quotes by itself.
        if [[ -z $isFile ]]; then
          case ${COMP_WORDS[COMP_CWORD]} in
            \"*)
              text=${text//\\/\\\\}
              text=${text//\"/\\\"}
              text=${text//\$/\\\$}
              text=${text//\`/\\\`}
              ;;
            \'*) text=${text//\'/\'\\\'\'} ;;
            *) printf -v text %q "$text" ;;
          esac
        fi
        COMPREPLY+=("$text")
      done
    }

    complete -F _host host

    """#

  private static let zshScript = #"""
    #compdef host
    # Completion of host for zsh: source <(host completions zsh), after compinit; or this file
    # as _host in a folder of fpath.

    _host() {
      local program=${(Q)words[1]} line
      local -a asked lines parts described files
      if [[ $program == '~/'* ]]; then program=$HOME/${program#'~/'}; fi
      integer index
      for ((index = 2; index < CURRENT; index++)); do asked+=("${(Q)words[index]}"); done
      asked+=("${(Q)PREFIX}")
      lines=("${(@f)$("$program" completions zsh --complete -- "${asked[@]}" 2> /dev/null < /dev/null)}")
      if [[ -n $lines[1] ]]; then compset -P "${(b)lines[1]}"; fi
      for line in "${(@)lines[3,-1]}"; do
        parts=("${(@ps:\t:)line}")
        case $parts[1] in
          word) described+=("${${parts[2]//\\/\\\\}//:/\\:}:$parts[3]") ;;
          file)
            files=(_files)
            if [[ -n $parts[2] ]]; then files+=(-g "*.(${parts[2]// /|})(-.)"); fi
            ;;
          folder) files=(_files -/) ;;
        esac
      done
      local -i status_=1
      if (( $#described )); then _describe -t host 'host' described && status_=0; fi
      if (( $#files )); then "${files[@]}" && status_=0; fi
      return status_
    }

    if [[ ${funcstack[1]} == _host ]]; then
      _host "$@"
    elif (( $+functions[compdef] )); then
      compdef _host host
    fi

    """#

  private static let fishScript = #"""
    # Completion of host for fish: host completions fish | source

    function __host_complete
        set -l words (commandline -opc)
        set -l program (string replace -r -- '^~/' "$HOME/" $words[1])
        type -q -- $program; or return
        set -e words[1]
        set -l lines ($program completions fish --complete -- $words (commandline -ct | string collect) 2> /dev/null < /dev/null)
        set -l stem $lines[1]
        set -l value $lines[2]
        for line in $lines[3..-1]
            set -l parts (string split \t -- $line)
            switch $parts[1]
                case word
                    printf '%s\t%s\n' "$stem$parts[2]" "$parts[3]"
                case file
                    set -l files (__fish_complete_path (string replace -r -- '^~/' "$HOME/" "$value"))
                    if string match -q -- '~/*' "$value"
                        set files (string replace -- "$HOME/" '~/' $files)
                    end
                    set -l ends (string replace -a ' ' '|' -- "$parts[2]")
                    set -l chosen (string match -r -- "^.*(?:/|\.(?:$ends))(?:\t.*)?\$" $files)
                    # Folders alone are no reason to hide the rest.
                    if test -z "$ends"; or not string match -qrv -- '/(\t.*)?$' $chosen
                        set chosen $files
                    end
                    if set -q chosen[1]
                        printf '%s\n' "$stem"$chosen
                    end
                case folder
                    for folder in (__fish_complete_directories "$value" '')
                        printf '%s\n' "$stem$folder"
                    end
            end
        end
    end

    complete -c host -e
    complete -c host -f -a '(__host_complete)'

    """#
}
