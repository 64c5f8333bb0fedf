<#
.SYNOPSIS
    Makes an NTFS volume with labelled time stamps on a real Windows, for measuring verdicts on times.

.DESCRIPTION
    Makes a new virtual disk (VHDX), gives it a small exFAT and an NTFS partition, makes files on them as people and
    programs do (copy, move, Expand-Archive, Explorer, robocopy, rename, safe save), and gives some of the files that it
    has just made itself other times, in styles that have names. Then it detaches the disk and writes the labels beside it, in
    the form of docs/time-labels.md, so that `bench/time` can compare them with verdicts:

        LABELS=time-labels.tsv IMAGE=time-labels.vhdx bench/time

    It changes nothing outside its own virtual disk: every path is checked before its times are set. The disk and the labels
    must not exist before. Needs Windows 8.1 or later, PowerShell 5.1 or later, and an elevated prompt, as attaching disks does.

.PARAMETER Folder
    Where the virtual disk and the labels go. It must exist.

.PARAMETER Count
    Files of each style.

.PARAMETER Megabytes
    Size of the virtual disk, at least 256.

.PARAMETER Pause
    Seconds between making a file and setting its times. Longer than 15 keeps tunnelling out.

.EXAMPLE
    .\label-times.ps1 -Folder D:\truth -Count 10
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)][string]$Folder,
    [ValidateRange(1, 500)][int]$Count = 5,
    [ValidateRange(256, 65536)][int]$Megabytes = 1024,
    [ValidateRange(1, 3600)][int]$Pause = 20
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$folderPath = (Resolve-Path -LiteralPath $Folder).ProviderPath
$diskPath = Join-Path $folderPath 'time-labels.vhdx'
$labelPath = Join-Path $folderPath 'time-labels.tsv'
foreach ($path in $diskPath, $labelPath) {
    if (Test-Path -LiteralPath $path) { throw "$path exists already" }
}
$me = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) { throw 'needs an elevated prompt' }

$script:root = $null                                                 # of the NTFS partition, such as X:\
$script:fat = $null                                                  # of the exFAT partition
$script:labels = New-Object System.Collections.Generic.List[object]
$script:made = New-Object System.Collections.Generic.HashSet[string] # paths that this script has made
$script:random = New-Object System.Random 20240115

# ---- the virtual disk ----

# diskpart is on every Windows; New-VHD is not.
function New-Disk {
    $commands = Join-Path $folderPath ('diskpart-' + [guid]::NewGuid().ToString('N') + '.txt')
    Set-Content -LiteralPath $commands -Encoding Ascii -Value "create vdisk file=`"$diskPath`" maximum=$Megabytes type=expandable"
    try {
        $said = & "$env:SystemRoot\System32\diskpart.exe" /s $commands
        if ($LASTEXITCODE -ne 0 -or -not (Test-Path -LiteralPath $diskPath)) { throw "diskpart: $said" }
    } finally {
        Remove-Item -LiteralPath $commands
    }
}

# The number of the disk comes from our own file, and it must be empty and virtual.
function Mount-Disk {
    Mount-DiskImage -ImagePath $diskPath -NoDriveLetter | Out-Null
    $number = (Get-DiskImage -ImagePath $diskPath).Number
    $disk = Get-Disk -Number $number
    if ($disk.BusType -ne 'File Backed Virtual' -or $disk.PartitionStyle -ne 'RAW' -or $disk.NumberOfPartitions -ne 0) {
        throw "disk $number is not the new virtual disk"
    }
    Initialize-Disk -Number $number -PartitionStyle MBR
    $other = New-Partition -DiskNumber $number -Size 64MB -AssignDriveLetter
    Format-Volume -Partition $other -FileSystem exFAT -NewFileSystemLabel 'other' -Confirm:$false | Out-Null
    $main = New-Partition -DiskNumber $number -UseMaximumSize -AssignDriveLetter
    Format-Volume -Partition $main -FileSystem NTFS -NewFileSystemLabel 'labelled' -Confirm:$false | Out-Null
    $script:fat = "$($other.DriveLetter):\"
    $script:root = "$($main.DriveLetter):\"
    & "$env:SystemRoot\System32\fsutil.exe" usn createjournal m=33554432 a=8388608 "$($main.DriveLetter):" | Out-Null
}

# ---- files, labels, times ----

function Get-Own([string]$Path) {
    $full = [IO.Path]::GetFullPath($Path)
    if (-not ($full.StartsWith($script:root, 'OrdinalIgnoreCase') -or $full.StartsWith($script:fat, 'OrdinalIgnoreCase'))) { throw "$full is not on our disk" }
    return $full
}

function New-Folder([string]$Name) {
    $path = Get-Own (Join-Path $script:root $Name)
    New-Item -ItemType Directory -Path $path -Force | Out-Null
    return $path
}

function New-File([string]$Path) {
    $path = Get-Own $Path
    $bytes = New-Object byte[] ($script:random.Next(100, 9000))
    $script:random.NextBytes($bytes)
    [IO.File]::WriteAllBytes($path, $bytes)
    [void]$script:made.Add($path)
    return $path
}

function Get-Past([int]$Days = 900) {
    return [DateTime]::UtcNow.AddDays(-1 - $script:random.Next(30, $Days)).AddTicks($script:random.Next(1, 10000000))
}

# Told: yes or no for the four sets of sources. `-` for what is innocent.
function Add-Label([string]$Path, [string]$Label, [string]$Style, [string[]]$Told = @('-', '-', '-', '-')) {
    $script:labels.Add([pscustomobject]@{ Path = $Path; Label = $Label; Style = $Style; Told = $Told })
}

# The times of a file that this script has made, on its own disk.
function Set-Times([string]$Path, [object]$Created, [object]$Modified, [object]$Accessed) {
    $path = Get-Own $Path
    if (-not $script:made.Contains($path)) { throw "$path was not made here" }
    if ($null -ne $Created) { [IO.File]::SetCreationTimeUtc($path, $Created) }
    if ($null -ne $Modified) { [IO.File]::SetLastWriteTimeUtc($path, $Modified) }
    if ($null -ne $Accessed) { [IO.File]::SetLastAccessTimeUtc($path, $Accessed) }
}

# A file whose times are set while the handle that made it is open, as extractors do.
function New-DatedFile([string]$Path, [DateTime]$Time) {
    $path = Get-Own $Path
    $stream = [IO.File]::Open($path, 'CreateNew', 'ReadWrite', 'ReadWrite')
    try {
        [void]$script:made.Add($path)
        $stream.Write((New-Object byte[] 3000), 0, 3000)
        $stream.Flush($true)
        Set-Times $path $Time $Time.AddTicks(1234567) $Time
    } finally {
        $stream.Dispose()
    }
    return $path
}

# ---- innocent histories ----

function Add-Copies {
    $from = New-Folder 'sources'
    $to = New-Folder 'copies'
    for ($i = 0; $i -lt $Count; $i++) {
        $source = New-File (Join-Path $from "source$i.dat")
        Set-Times $source $null (Get-Past) $null
        Add-Label $source 'innocent' 'touch'
        Copy-Item -LiteralPath $source -Destination (Join-Path $to "copy$i.dat")
        Add-Label (Join-Path $to "copy$i.dat") 'innocent' 'copy'
    }
}

function Add-Moves {
    $to = New-Folder 'moves'
    for ($i = 0; $i -lt $Count; $i++) {
        $source = New-File (Join-Path $script:fat "moved$i.dat")
        Start-Sleep -Milliseconds 50
        Move-Item -LiteralPath $source -Destination (Join-Path $to "moved$i.dat")
        Add-Label (Join-Path $to "moved$i.dat") 'innocent' 'move-from-other-volume'
        $inside = New-File (Join-Path $script:root "inside$i.dat")
        Move-Item -LiteralPath $inside -Destination (Join-Path $to "inside$i.dat")
        Add-Label (Join-Path $to "inside$i.dat") 'innocent' 'move-within-volume'
        $renamed = New-File (Join-Path $to "before$i.dat")
        Rename-Item -LiteralPath $renamed -NewName "after$i.dat"
        Add-Label (Join-Path $to "after$i.dat") 'innocent' 'rename'
    }
}

# A zip of files with old times, unpacked by PowerShell and by Explorer's own code.
function Add-Archives {
    $packed = New-Folder 'packed'
    for ($i = 0; $i -lt $Count; $i++) {
        Set-Times (New-File (Join-Path $packed "entry$i.dat")) $null (Get-Past) $null
    }
    $zip = Join-Path $script:root 'packed.zip'
    Compress-Archive -Path (Join-Path $packed '*') -DestinationPath $zip
    $byShell = New-Folder 'unpacked by Expand-Archive'
    Expand-Archive -LiteralPath $zip -DestinationPath $byShell
    $byExplorer = New-Folder 'unpacked by Explorer'
    $shell = New-Object -ComObject Shell.Application
    $shell.NameSpace($byExplorer).CopyHere($shell.NameSpace($zip).Items(), 0x614) # no progress, no questions, no errors shown
    for ($waited = 0; $waited -lt 60 -and @(Get-ChildItem -LiteralPath $byExplorer).Count -lt $Count; $waited++) { Start-Sleep 1 }
    for ($i = 0; $i -lt $Count; $i++) {
        Add-Label (Join-Path $byShell "entry$i.dat") 'innocent' 'expand-archive'
        Add-Label (Join-Path $byExplorer "entry$i.dat") 'innocent' 'explorer-zip'
    }
}

# robocopy keeps times; a second pass with /TIMFIX sets those of files that are there.
function Add-Mirrors {
    $from = New-Folder 'mirrored'
    $files = [Math]::Max(45, $Count)
    for ($i = 0; $i -lt $files; $i++) { Set-Times (New-File (Join-Path $from "mirror$i.dat")) $null (Get-Past) $null }
    $to = New-Folder 'mirror'
    $second = New-Folder 'mirror in two passes'
    $robocopy = "$env:SystemRoot\System32\robocopy.exe"
    & $robocopy $from $to /COPY:DAT /R:0 /W:0 | Out-Null
    & $robocopy $from $second /COPY:D /R:0 /W:0 | Out-Null
    Start-Sleep -Seconds $Pause
    & $robocopy $from $second /COPY:DAT /TIMFIX /XO /XN /XC /R:0 /W:0 | Out-Null
    for ($i = 0; $i -lt $files; $i++) {
        Add-Label (Join-Path $to "mirror$i.dat") 'innocent' 'robocopy'
        Add-Label (Join-Path $second "mirror$i.dat") 'innocent' 'bulk-restore'
    }
}

function Add-Saves {
    $folder = New-Folder 'documents'
    for ($i = 0; $i -lt $Count; $i++) {
        $document = New-File (Join-Path $folder "document$i.txt")
        $new = New-File (Join-Path $folder "document$i.tmp")
        Start-Sleep -Milliseconds 50
        [IO.File]::Replace($new, $document, $null)
        Add-Label $document 'innocent' 'safe-save'
        $marked = New-File (Join-Path $folder "attribute$i.txt")
        Start-Sleep -Milliseconds 50
        [IO.File]::SetAttributes($marked, [IO.FileAttributes]::ReadOnly)
        Add-Label $marked 'innocent' 'attribute-change'
        $download = New-File (Join-Path $folder "download$i.txt")
        Set-Content -LiteralPath $download -Stream 'Zone.Identifier' -Value "[ZoneTransfer]`r`nZoneId=3"
        Add-Label $download 'innocent' 'download'
    }
}

# ---- times that were set to deceive, in sessions after the one that made the file ----

# Creation lies in the journal and the log of this new volume, so with them a moved creation time can be told. A clone of a file
# that was made in the same minute could be one of two files of a package, as far as the MFT tells.
$later = @('no', 'no', 'yes', 'yes')
$never = @('no', 'no', 'no', 'no')

function Add-Stomped {
    $folder = New-Folder 'stomped'
    $elsewhere = New-Folder 'elsewhere'
    $files = @{}
    foreach ($style in 'create-modify', 'random-digits', 'zero-digits', 'shift-hours', 'future', 'day-before', 'modified-only',
        'clone-neighbour', 'renamed', 'moved') {
        for ($i = 0; $i -lt $Count; $i++) { $files["$style$i"] = New-File (Join-Path $folder "$style$i.exe") }
    }
    $models = for ($i = 0; $i -lt $Count; $i++) {
        $model = New-DatedFile (Join-Path $folder "model$i.dll") (Get-Past)
        Add-Label $model 'innocent' 'single-extraction'
        $model
    }
    Start-Sleep -Seconds $Pause
    for ($i = 0; $i -lt $Count; $i++) {
        $past = Get-Past
        $whole = $past.AddTicks( - ($past.Ticks % [TimeSpan]::TicksPerSecond))
        $now = [IO.File]::GetCreationTimeUtc($files["shift-hours$i"])
        Set-Times $files["create-modify$i"] $past $past $null
        Set-Times $files["random-digits$i"] $past $past.AddTicks(7654321) $past
        Set-Times $files["zero-digits$i"] $whole $whole $whole
        Set-Times $files["shift-hours$i"] $now.AddHours(-3) $now.AddHours(-3) $null
        Set-Times $files["future$i"] $now.AddDays(40) $now.AddDays(40) $null
        Set-Times $files["day-before$i"] $now.Date.AddTicks(-1 - $script:random.Next()) $now.Date $null
        Set-Times $files["modified-only$i"] $null $past $null
        $model = @($models)[$i]
        Set-Times $files["clone-neighbour$i"] ([IO.File]::GetCreationTimeUtc($model)) ([IO.File]::GetLastWriteTimeUtc($model)) $null
        foreach ($style in 'create-modify', 'random-digits', 'zero-digits', 'shift-hours', 'future', 'day-before') {
            Add-Label $files["$style$i"] 'stomped' $style $later
        }
        Add-Label $files["modified-only$i"] 'stomped' 'modified-only' $never
        Add-Label $files["clone-neighbour$i"] 'stomped' 'clone-neighbour' $later
        Set-Times $files["renamed$i"] $past $past $past
        Rename-Item -LiteralPath $files["renamed$i"] -NewName "report$i.exe"
        Add-Label (Join-Path $folder "report$i.exe") 'stomped' 'renamed' $later
        Set-Times $files["moved$i"] $past $past $past
        Move-Item -LiteralPath $files["moved$i"] -Destination (Join-Path $elsewhere "moved$i.exe")
        Add-Label (Join-Path $elsewhere "moved$i.exe") 'stomped' 'moved' $later
    }
}

# Told by no source: an extractor sets times while the handle that made the file is open, too.
function Add-Dropped {
    $folder = New-Folder 'stomped in the create session'
    for ($i = 0; $i -lt $Count; $i++) {
        Add-Label (New-DatedFile (Join-Path $folder "dropper$i.exe") (Get-Past)) 'stomped' 'dropper' $never
    }
}

# ---- the manifest ----

function ConvertTo-Line([object]$Label) {
    $said = & "$env:SystemRoot\System32\fsutil.exe" file queryfileid $Label.Path
    if ("$said" -notmatch '0x[0-9a-f]*?([0-9a-f]{4})([0-9a-f]{12})\W*$') { throw "fsutil: $said" }
    $sequence = [Convert]::ToInt64($Matches[1], 16)
    $record = [Convert]::ToInt64($Matches[2], 16)
    $item = Get-Item -LiteralPath $Label.Path -Force
    $times = foreach ($time in $item.CreationTimeUtc, $item.LastWriteTimeUtc) { $time.ToString('yyyy-MM-ddTHH:mm:ss.fffffffZ') }
    $stored = '/' + $Label.Path.Substring($script:root.Length).Replace('\', '/')
    $fields = @($stored, $record, $sequence, $Label.Label, $Label.Style) + $Label.Told + @('-', '-', $times[0], $times[1]) + @('-') * 6
    return $fields -join "`t"
}

function Write-Labels {
    $names = '#path', 'record', 'sequence', 'label', 'style', 'mft', 'i30', 'usn', 'log', 'made', 'set', 'si_created', 'si_modified',
    'si_changed', 'si_accessed', 'fn_created', 'fn_modified', 'fn_changed', 'fn_accessed'
    $lines = @($names -join "`t")
    foreach ($label in $script:labels) { $lines += ConvertTo-Line $label }
    [IO.File]::WriteAllText($labelPath, ($lines -join "`n") + "`n", (New-Object Text.UTF8Encoding $false))
}

New-Disk
try {
    Mount-Disk
    Add-Copies
    Add-Moves
    Add-Archives
    Add-Mirrors
    Add-Saves
    Add-Stomped
    Add-Dropped
    Write-Labels
} finally {
    Dismount-DiskImage -ImagePath $diskPath | Out-Null
}
Write-Output "$diskPath, ${labelPath}: $($script:labels.Count) labels"
