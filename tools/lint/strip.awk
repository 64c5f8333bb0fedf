# Prints C source with comments, strings and character constants blanked, line by line as "FILE:LINE:text".
FNR == 1 { inside = 0 }
{
    text = ""
    line = $0
    while (length(line)) {
        if (inside) {
            end = index(line, "*/")
            if (!end) { line = ""; break }
            line = substr(line, end + 2); inside = 0; continue
        }
        if (!match(line, /\/\*|\/\/|"|'/)) { text = text line; break }
        text = text substr(line, 1, RSTART - 1)
        mark = substr(line, RSTART, RLENGTH)
        line = substr(line, RSTART + RLENGTH)
        if (mark == "//") break
        if (mark == "/*") { inside = 1; continue }
        while (length(line)) {
            c = substr(line, 1, 1); line = substr(line, 2)
            if (c == "\\") line = substr(line, 2)
            else if (c == mark) break
        }
        text = text mark mark
    }
    print FILENAME ":" FNR ":" text
}
