; What tools/inno_set has the compilers of Inno Setup pack: something of every section. COMPRESSION stands for more lines of [Setup].
[Setup]
AppName=Demo
AppVersion=1.2.3
AppPublisher=Example Ltd
AppId={{12345678-1234-1234-1234-123456789012}
DefaultDirName={pf}\Demo
COMPRESSION
[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
[CustomMessages]
hello=Hello
[Types]
Name: full; Description: Full
[Components]
Name: main; Description: Main; Types: full
[Tasks]
Name: icon; Description: Icon
[Dirs]
Name: "{app}\data"
[Files]
Source: "code.dll"; DestDir: "{app}"
Source: "text.txt"; DestDir: "{app}\doc"; DestName: "readme.txt"; Components: main
Source: "text.txt"; DestDir: "{app}\copy"
Source: "tiny.txt"; Flags: dontcopy
Source: "empty.dat"; DestDir: "{app}"
Source: "{src}\outside.dat"; DestDir: "{app}"; Flags: external skipifsourcedoesntexist
[Icons]
Name: "{group}\Demo"; Filename: "{app}\code.exe"; Parameters: "/go"
[INI]
Filename: "{app}\x.ini"; Section: "a"; Key: "b"; String: "c"
[Registry]
Root: HKLM; Subkey: "Software\Demo"; ValueType: string; ValueName: "Path"; ValueData: "{app}"
[InstallDelete]
Type: files; Name: "{app}\old.txt"
[UninstallDelete]
Type: files; Name: "{app}\log.txt"
[Run]
Filename: "{app}\code.exe"; Parameters: "/first"; Description: "Start"; Flags: postinstall nowait
[UninstallRun]
Filename: "{app}\code.exe"; Parameters: "/bye"
[Code]
function InitializeSetup(): Boolean;
begin
  Result := True;
end;
