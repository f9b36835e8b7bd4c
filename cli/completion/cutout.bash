# bash completion of cutout
_cutout() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]} words=
    COMPREPLY=()
    case $before in
    -m | --model) words=$(cutout models list 2>/dev/null | sed -n 's/^\([^ ]\+\).*/\1/p') ;;
    -f | --format) words='png webp avif tiff jpeg' ;;
    --isolation) words='coop dip none bare' ;;
    --cpu) words='best scalar sse2 avx2 avx512 neon' ;;
    -b | --background) words='blur white black red green blue grey' ;;
    --quality | --margin | --size | -t | --threads | -j | --jobs | --mean | \
        --std | --runs | --warmup | --port | -p | --host | --connections | --per-address | --timeout | --telemetry-rate | --telemetry-body | --telemetry-size | --telemetry-days | --max-megapixels) return ;;
    esac
    if [[ -z $words ]]; then
        case $command in
        models)
            words='list fetch verify remove path chunk --from --to --json --models --help'
            [[ $COMP_CWORD -gt 2 && $word != -* ]] && words=$(cutout models list 2>/dev/null | sed -n 's/^\([^ ]\+\).*/\1/p')
            ;;
        inspect) words='--json --gpu --gpu-list --size --output-name --cpu --threads --offline --models --help' ;;
        infer) words='--input --output --cpu --threads --offline --models --verbose --help' ;;
        bench) words='--model --size --threads --runs --warmup --cpu --output-name --offline --models --profile --json --help' ;;
        doctor) words='--json --profile --help' ;;
        serve) words='--port --host --root --model --models --offline --isolation --connect-src --embed --threads --connections --per-address --timeout --telemetry --telemetry-rate --telemetry-body --telemetry-size --telemetry-days --quiet --help' ;;
        report) words='--html --help' ;;
        *)
            words='--output --format --quality --recursive --skip-existing
                --keep-metadata --chaos --background --mask --crop --margin --invert
                --refine --no-refine --foreground --no-foreground --model
                --size --mean --std --output-name --threads --cpu --jobs
                --offline --models --max-megapixels --json --quiet --verbose
                --help --version'
            [[ $COMP_CWORD = 1 && $word != -* ]] &&
                words='models inspect infer bench doctor serve report help'
            ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    [[ $word == -* ]] || mapfile -t -O ${#COMPREPLY[@]} COMPREPLY \
        < <(compgen -f -- "$word")
}
complete -o filenames -F _cutout cutout
