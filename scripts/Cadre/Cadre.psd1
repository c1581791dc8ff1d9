@{
    RootModule           = 'Cadre.psm1'
    ModuleVersion        = '0.1.0'
    GUID                 = '5c0f4b0e-7f0e-4a39-9d57-2c3f6c1f8a61'
    Author               = 'The Cadre authors'
    CompanyName          = 'Cadre'
    Copyright            = 'Apache-2.0'
    Description          = 'Asks a Cadre cluster, hands jobs in, and sets nodes up: objects over the tool cadre.'
    PowerShellVersion    = '7.2'
    CompatiblePSEditions = @('Core')
    FormatsToProcess     = @('Cadre.format.ps1xml')
    FunctionsToExport    = @(
        'Add-CadreKey'
        'Add-CadreNode'
        'Backup-CadreMaster'
        'Connect-CadreCluster'
        'Get-CadreEngine'
        'Get-CadreGrantHost'
        'Get-CadreJob'
        'Get-CadreJobLog'
        'Get-CadreKey'
        'Get-CadreNode'
        'Get-CadreService'
        'Get-CadreStatus'
        'Grant-CadreDatabaseAccess'
        'Initialize-CadreDatabase'
        'Install-CadreEngine'
        'Install-CadreExtension'
        'Install-CadreMaster'
        'New-CadreEngine'
        'New-CadreJoinTicket'
        'Receive-CadreJobResult'
        'Remove-CadreFirewallRule'
        'Remove-CadreLegacyGrant'
        'Restart-CadreJob'
        'Restart-CadreService'
        'Restore-CadreMaster'
        'Resume-CadreNode'
        'Revoke-CadreKey'
        'Set-CadreDatabaseOption'
        'Set-CadreFirewallRule'
        'Start-CadreService'
        'Stop-CadreJob'
        'Stop-CadreService'
        'Submit-CadreJob'
        'Suspend-CadreNode'
        'Test-CadreEngine'
        'Test-CadreNode'
        'Uninstall-CadreEngine'
        'Uninstall-CadreExtension'
        'Uninstall-CadreMaster'
        'Update-CadreDatabasePassword'
        'Update-CadreKey'
        'Update-CadreNode'
        'Wait-CadreJob'
    )
    CmdletsToExport      = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    PrivateData          = @{
        PSData = @{
            Tags       = @('cadre', 'jobs', 'queue', 'cluster')
            LicenseUri = 'https://www.apache.org/licenses/LICENSE-2.0'
        }
    }
}
