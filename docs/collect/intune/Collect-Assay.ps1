<#
.SYNOPSIS
Runs an offline collector that you built and stores its archive on a share. For Intune: Devices, Scripts, run as the
system account, in the 64-bit host.

.DESCRIPTION
The collector is Velociraptor's offline collector (or any other that docs/collections.md names), built with an output
folder of C:\ProgramData\AssayCollect. Its digest is checked before it runs. The archive gets the host's name on the share
when it is there whole.
#>
[CmdletBinding()]
param(
    [string]$Collector = '\\files.contoso.example\assay\collector.exe',
    [string]$Digest = '0000000000000000000000000000000000000000000000000000000000000000',
    [string]$Evidence = '\\files.contoso.example\assay\evidence'
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$folder = Join-Path $env:ProgramData 'AssayCollect'
$local = Join-Path $folder 'collector.exe'

# Only administrators and the system may put anything there.
New-Item -ItemType Directory -Force -Path $folder | Out-Null
& icacls.exe $folder /inheritance:r /grant:r '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' | Out-Null
if ($LASTEXITCODE -ne 0) {
    throw "the rights of $folder could not be set"
}

try {
    Copy-Item -LiteralPath $Collector -Destination $local -Force
    $found = (Get-FileHash -LiteralPath $local -Algorithm SHA256).Hash
    if ($found -ne $Digest) {
        throw "the collector has the digest $found"
    }
    $process = Start-Process -FilePath $local -WorkingDirectory $folder -Wait -PassThru -WindowStyle Hidden
    if ($process.ExitCode -ne 0) {
        throw "the collector ended with status $($process.ExitCode)"
    }
    $archive = Get-ChildItem -LiteralPath $folder -Filter '*.zip' | Sort-Object LastWriteTime | Select-Object -Last 1
    if ($null -eq $archive) {
        throw 'the collector made no archive'
    }
    $part = Join-Path $Evidence "$env:COMPUTERNAME.part"
    Copy-Item -LiteralPath $archive.FullName -Destination $part -Force
    Move-Item -LiteralPath $part -Destination (Join-Path $Evidence "$env:COMPUTERNAME.zip") -Force
}
finally {
    Remove-Item -LiteralPath $folder -Recurse -Force -ErrorAction SilentlyContinue
}
